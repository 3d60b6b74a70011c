import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { accountsProjection } from '#projections/accounts/projection.js';
import { chatsProjection } from '#projections/chats/projection.js';
import { userLogProjection } from '#projections/user-log/projection.js';
import { querySubject } from '#streams/subjects.js';
import {
  ChatHistory,
  counter,
  LogHistory,
  member,
  ofAccount,
  registered,
  registeredAs,
} from '../../test/support/chat-history.js';
import { refusedAs, ServedQueries } from '../../test/support/served-queries.js';

let served: ServedQueries;
let ann: string;
let bob: string;
const [nextChat, nextUser] = [counter(), counter()];

beforeAll(async () => {
  served = await ServedQueries.start();
});
afterAll(() => served.stop());
beforeEach(() => {
  [ann, bob] = [randomUUID(), randomUUID()];
});
const fold: ServedQueries['fold'] = (...args) => served.fold(...args);
const ask: ServedQueries['ask'] = (...args) => served.ask(...args);
const answer: ServedQueries['answer'] = (...args) => served.answer(...args);

describe('who may read', () => {
  // Seen failing with removed members let through in `memberOf`.
  it('strangers, former members and those who guess are told the same', async () => {
    const chat = new ChatHistory('CHAT_0', nextChat);
    chat.create([member(ann, 1, 'owner'), member(bob)]);
    chat.remove(ann, bob, 1);
    await fold(chatsProjection, chat.records);
    for (const method of ['chats.get', 'chats.members', 'messages.history']) {
      const replies = await Promise.all([
        ask(randomUUID(), method, { chat_id: chat.chatId }),
        ask(bob, method, { chat_id: chat.chatId }),
        ask(ann, method, { chat_id: randomUUID() }),
      ]);
      expect(replies).toEqual(Array(3).fill({ error: { code: 'NOT_A_MEMBER', retryable: false } }));
    }
    expect((await answer(bob, 'chats.list')).chats).toEqual([]);
  });

  it('wrong requests are refused by name, and harm nobody', async () => {
    expect(await ask(ann, 'chats.get', { chat_id: 'no.uuid >' })).toEqual(refusedAs('INVALID_PARAMS'));
    expect(await ask(ann, 'chats.list', { cursor: 'bm90aGluZw' })).toEqual(refusedAs('INVALID_PARAMS'));
    expect(await ask('*', 'chats.list')).toEqual(refusedAs('INVALID_PARAMS'));
    const garbage = await served.nc.request(querySubject('chats.list'), '{');
    expect(garbage.json()).toEqual(refusedAs('INVALID_PARAMS'));
    expect((await answer(ann, 'chats.list')).chats).toEqual([]);
  });
});

describe('chats', () => {
  it('come latest message first, page by page, each with what its member sees', async () => {
    const chats = Array.from({ length: 7 }, () => new ChatHistory('CHAT_0', nextChat));
    const records = chats.flatMap((chat, index) => [
      chat.create([member(ann, 1, 'owner'), member(bob, 3)]),
      ...Array.from({ length: (index * 3) % 7 }, (_, count) => chat.send(ann, `message ${count}`)),
    ]);
    await fold(chatsProjection, records);
    const seen: { chat_id: string; last_seq: number }[] = [];
    let cursor: string | undefined;
    do {
      const page = await answer(ann, 'chats.list', { limit: 3, ...(cursor ? { cursor } : {}) });
      seen.push(...page.chats);
      cursor = page.next_cursor;
    } while (cursor);
    // A message's date is 2 s plus its seq here, a chat's without messages 1 s.
    expect(seen.map(({ last_seq }) => last_seq)).toEqual([6, 5, 4, 3, 2, 1, 0]);
    expect(new Set(seen.map(({ chat_id }) => chat_id)).size).toBe(7);
    const { chat } = await answer(bob, 'chats.get', { chat_id: seen[0]!.chat_id });
    expect(chat).toMatchObject({
      role: 'member',
      member_count: 2,
      last_seq: 6,
      visible_from_seq: 3,
      chat_pts: 7,
      read_seq: 2,
      unread_count: 4,
      last_message: { seq: 6, content: { text: 'message 5' } },
    });
    expect(await answer(ann, 'chats.list', { archived: true })).toEqual({ chats: [] });
  });

  it('members come page by page', async () => {
    const people = Array.from({ length: 5 }, () => randomUUID()).sort();
    const chat = new ChatHistory('CHAT_0', nextChat);
    await fold(chatsProjection, [chat.create(people.map((id) => member(id)))]);
    const params = { chat_id: chat.chatId, limit: 2 };
    const first = await answer(people[0]!, 'chats.members', params);
    const second = await answer(people[0]!, 'chats.members', { ...params, cursor: first.next_cursor });
    const third = await answer(people[0]!, 'chats.members', { ...params, cursor: second.next_cursor });
    const ids = [first, second, third].flatMap(({ members }) => members.map((one: any) => one.user_id));
    expect(ids).toEqual(people);
    expect(third.next_cursor).toBeUndefined();
  });
});

describe('history', () => {
  it('is ascending, clamped to what the member may see, with tombstones and own reactions', async () => {
    const chat = new ChatHistory('CHAT_0', nextChat);
    chat.create([member(ann), member(bob, 3)]);
    for (let seq = 1; seq <= 6; seq++) chat.send(ann, `message ${seq}`);
    chat.react(bob, 4, '👍');
    chat.tombstone(ann, 5);
    await fold(chatsProjection, chat.records);
    const page = async (user: string, range: object) => {
      const { messages, more } = await answer(user, 'messages.history', { chat_id: chat.chatId, ...range });
      return [messages.map(({ seq }: { seq: number }) => seq), more];
    };
    expect(await page(ann, {})).toEqual([[1, 2, 3, 4, 5, 6], false]);
    expect(await page(bob, {})).toEqual([[3, 4, 5, 6], false]);
    expect(await page(bob, { after_seq: 0, limit: 2 })).toEqual([[3, 4], true]);
    expect(await page(bob, { before_seq: 5, limit: 1 })).toEqual([[4], true]);
    expect(await page(bob, { before_seq: 3 })).toEqual([[], false]);
    expect(await page(ann, { after_seq: 6 })).toEqual([[], false]);
    const { messages } = await answer(bob, 'messages.history', { chat_id: chat.chatId });
    expect(messages[1].reactions).toEqual([{ emoji: '👍', count: 1, mine: true }]);
    // Seen failing with every reaction shown as one's own.
    const anns = await answer(ann, 'messages.history', { chat_id: chat.chatId, after_seq: 3, limit: 1 });
    expect(anns.messages[0].reactions).toEqual([{ emoji: '👍', count: 1, mine: false }]);
    expect(messages[2]).toMatchObject({ seq: 5, deleted: true, reactions: [] });
    expect(messages[2]).not.toHaveProperty('content');
  });

  // Seen failing (no answer within the time) with `withinBytes` left out.
  it('is cut where NATS could not carry it', async () => {
    const chat = new ChatHistory('CHAT_0', nextChat);
    chat.create([member(ann)]);
    for (let seq = 1; seq <= 30; seq++) chat.send(ann, 'x'.repeat(60_000));
    await fold(chatsProjection, chat.records);
    const { messages, more } = await answer(ann, 'messages.history', { chat_id: chat.chatId });
    expect(messages.at(-1).seq).toBe(30);
    expect(messages.length).toBeGreaterThan(5);
    expect(more).toBe(true);
  });
});

describe('one message', () => {
  const page = async (user: string, method: string, params: object): Promise<[any[], string?]> => {
    const { next_cursor, ...found } = await answer(user, method, params);
    return [Object.values<any[]>(found)[0]!, next_cursor];
  };

  // Seen failing with reactions taken back still shown, with the emoji not looked at, and with pages that begin one too late.
  it('tells who reacted to it and when, the latest first, page by page', async () => {
    const people = Array.from({ length: 4 }, () => randomUUID());
    const chat = new ChatHistory('CHAT_0', nextChat);
    chat.create([member(ann), ...people.map((id) => member(id))]);
    chat.send(ann, 'hello');
    for (const [at, id] of people.entries()) chat.react(id, 1, at === 1 ? '🎉' : '👍');
    chat.react(people[0]!, 1, '🎉');
    chat.react(people[3]!, 1, null);
    chat.remove(ann, people[2]!, 4);
    await fold(chatsProjection, chat.records);
    const about = { chat_id: chat.chatId, seq: 1, limit: 2 };
    const [first, cursor] = await page(ann, 'messages.reactions', about);
    const [second, end] = await page(ann, 'messages.reactions', { ...about, cursor });
    expect([...first, ...second]).toEqual([
      { user_id: people[0], emoji: '🎉', at_ms: 1_007 },
      { user_id: people[2], emoji: '👍', at_ms: 1_005 },
      { user_id: people[1], emoji: '🎉', at_ms: 1_004 },
    ]);
    expect(end).toBeUndefined();
    const [parties] = await page(ann, 'messages.reactions', { ...about, emoji: '🎉' });
    expect(parties.map(({ user_id }) => user_id)).toEqual([people[0], people[1]]);
    const wrong = { ...about, cursor: 'WzEsMl0' };
    expect(await ask(ann, 'messages.reactions', wrong)).toEqual(refusedAs('INVALID_PARAMS'));
  });

  // Seen failing with the last version left out, and with versions of deleted messages kept.
  it('tells what it said before it was edited, until it is deleted, to who may see it', async () => {
    const chat = new ChatHistory('CHAT_0', nextChat);
    chat.create([member(ann), member(bob, 2)]);
    chat.send(ann, 'helo');
    for (const text of ['hallo', 'hello']) chat.edit(ann, 1, text);
    await fold(chatsProjection, chat.records);
    const about = { chat_id: chat.chatId, seq: 1, limit: 2 };
    const [first, cursor] = await page(ann, 'messages.edits', about);
    const [second, end] = await page(ann, 'messages.edits', { ...about, cursor });
    expect([...first, ...second]).toMatchObject([
      { chat_pts: 2, date_ms: 2_001, content: { text: 'helo' } },
      { chat_pts: 3, date_ms: 5_000, content: { text: 'hallo' } },
      { chat_pts: 4, date_ms: 5_000, content: { text: 'hello' } },
    ]);
    expect(end).toBeUndefined();
    for (const method of ['messages.edits', 'messages.reactions']) {
      expect(await ask(bob, method, about)).toEqual(refusedAs('NOT_FOUND'));
      expect(await ask(ann, method, { ...about, seq: 2 })).toEqual(refusedAs('NOT_FOUND'));
    }
    await fold(chatsProjection, [chat.tombstone(ann, 1)]);
    for (const method of ['messages.edits', 'messages.reactions'])
      expect(await ask(ann, method, about)).toEqual(refusedAs('MESSAGE_DELETED'));
  });
});

describe('log and people', () => {
  it('tells which messages of several chats are deleted, of a bounded number', async () => {
    const chats = [1, 2].map(() => new ChatHistory('CHAT_0', nextChat));
    for (const chat of chats) {
      chat.create([member(ann)]);
      for (let seq = 1; seq <= 3; seq++) chat.send(ann, `message ${seq}`);
      chat.tombstone(ann, 2);
    }
    chats[1]!.tombstone(ann, 3);
    await fold(
      chatsProjection,
      chats.flatMap(({ records }) => records).toSorted((one, other) => one.sequence - other.sequence),
    );
    const [one, other] = chats.map(({ chatId }) => chatId) as [string, string];
    const asked = [
      { chat_id: one, seqs: [1, 2, 7] },
      { chat_id: other, seqs: [3] },
      { chat_id: randomUUID(), seqs: [2] },
    ];
    const { tombstones } = await answer(ann, 'log.tombstones', { chats: asked });
    expect(new Set(tombstones)).toEqual(
      new Set([
        { chat_id: one, chat_pts: 5, message: expect.objectContaining({ seq: 2, sender_id: ann }) },
        { chat_id: other, chat_pts: 6, message: expect.objectContaining({ seq: 3, sender_id: ann }) },
      ]),
    );
    const some = Array.from({ length: 501 }, (_, index) => index + 1);
    const many = [one, other].map((chat_id) => ({ chat_id, seqs: some }));
    for (const wrong of [many, [], [null], [{ chat_id: one, seqs: [] }]]) {
      expect(await ask(ann, 'log.tombstones', { chats: wrong })).toEqual(refusedAs('INVALID_PARAMS'));
    }
  });

  it('tells where an entry stands, and that it does not know', async () => {
    const log = new LogHistory('USER_0', nextUser, ann);
    log.append('device.added', { stream: 'ACCOUNT_0', sequence: 1 });
    log.append('device.added', { stream: 'ACCOUNT_0', sequence: 2 });
    await fold(userLogProjection, log.records);
    expect(await answer(ann, 'log.position', { pts: 2 })).toMatchObject({
      pts: 2,
      sequence: log.records[1]!.sequence,
    });
    expect(await answer(ann, 'log.position', { pts: 3 })).toEqual({ sequence: null });
    expect(await answer(ann, 'log.head')).toMatchObject({ pts: 2, sequence: log.records[1]!.sequence });
    expect(await answer(ann, 'log.deviceCursor')).toEqual({ pts: 0 });
  });

  it('finds people by id and by the keyed hash of their phone', async () => {
    await fold(accountsProjection, [registered(ann, 'Ann')]);
    expect(await answer(bob, 'users.get', { user_id: ann })).toEqual({
      user: { user_id: ann, display_name: 'Ann' },
    });
    expect(await ask(bob, 'users.get', { user_id: bob })).toEqual(refusedAs('NOT_FOUND'));
    const phone_hashes = ['a'.repeat(64), 'b'.repeat(64)];
    expect((await answer(bob, 'contacts.sync', { phone_hashes })).contacts).toMatchObject([{ user_id: ann }]);
  });

  // Seen failing with what only one of the two shows enough, and with one direction of blocks not looked at.
  it('shows the last seen between two who both show theirs and have not blocked each other', async () => {
    const audiences = ['everybody', 'contacts', 'nobody'] as const;
    const audience = (who: number) => audiences[who % 3]!;
    // Every combination of what both show to whom, of who has whom as a contact, and of who has blocked whom.
    const cases = audiences.flatMap((shown) =>
      [0, 1, 2, 3].flatMap((has) => [0, 1, 2].map((blocks) => ({ id: randomUUID(), shown, has, blocks }))),
    );
    const viewers = [0, 1, 2].map(() => randomUUID());
    const records: ReturnType<typeof ofAccount>[] = [];
    const tell = (user_id: string, type: string, data: object) =>
      records.push(ofAccount(user_id, 2 + records.length, type, { user_id, ...data }));
    const make = (id: string, last_seen: string) => {
      records.push(registeredAs(id, 'Somebody', 2 + records.length));
      if (last_seen !== 'everybody') tell(id, 'PrivacyChanged', { privacy: { last_seen } });
    };
    for (const { id, shown } of cases) make(id, shown);
    for (const [index, viewer] of viewers.entries()) {
      make(viewer, audience(index));
      for (const { id, has, blocks } of cases) {
        if (has & 1) tell(viewer, 'ContactSet', { other_id: id, nickname: '' });
        if (has & 2) tell(id, 'ContactSet', { other_id: viewer, nickname: 'V' });
        if (blocks === 1) tell(viewer, 'UserBlocked', { other_id: id, change: 1 });
        if (blocks === 2) tell(id, 'UserBlocked', { other_id: viewer, change: 1 });
      }
    }
    await fold(accountsProjection, records);
    const shows = (shown: string, has: number) => shown === 'everybody' || (shown === 'contacts' && has > 0);
    for (const [index, viewer] of viewers.entries()) {
      const expected = cases.filter(
        ({ shown, has, blocks }) => blocks === 0 && shows(audience(index), has & 1) && shows(shown, has & 2),
      );
      const asked = [...cases.map(({ id }) => id), viewer, randomUUID()];
      const { user_ids } = await answer(viewer, 'lastSeen.shown', { user_ids: asked });
      expect(user_ids.toSorted()).toEqual([...expected.map(({ id }) => id), viewer].toSorted());
      for (const { id } of cases.slice(0, 4)) {
        const { user_ids: back } = await answer(id, 'lastSeen.shown', { user_ids: [viewer] });
        expect(back).toEqual(user_ids.includes(id) ? [viewer] : []);
      }
    }
    const mine = cases.filter(({ has }) => has & 1).map(({ id }) => id);
    const first = await answer(viewers[0]!, 'contacts.list', { limit: 10 });
    const rest = await answer(viewers[0]!, 'contacts.list', { limit: 100, cursor: first.next_cursor });
    const listed = [...first.contacts, ...rest.contacts].map((one: any) => one.user_id);
    expect([listed, rest.next_cursor]).toEqual([mine.toSorted(), undefined]);
    expect(first.contacts[0]).toMatchObject({ nickname: '', display_name: 'Somebody' });
    expect(await answer(viewers[1]!, 'users.getPrivacy')).toEqual({ last_seen: 'contacts' });
  });
});
