import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { accountsProjection } from '#projections/accounts/projection.js';
import { chatsProjection } from '#projections/chats/projection.js';
import { searchProjection } from '#projections/search/projection.js';
import type { ReceiptEvent } from '#domain/receipt/events.js';
import type { ProjectedRecord } from '#projections/define-projection.js';
import { receiptsProjection } from '#projections/receipts/projection.js';
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
const [nextChat, nextUser, nextReceipt] = [counter(), counter(), counter()];

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
    const around = async (user: string, range: object) => {
      const { more_after } = await answer(user, 'messages.history', { chat_id: chat.chatId, ...range });
      return [...(await page(user, range)), more_after];
    };
    expect(await around(ann, { around_seq: 3, limit: 3 })).toEqual([[2, 3, 4], true, true]);
    expect(await around(ann, { around_seq: 1, limit: 3 })).toEqual([[1, 2, 3], false, true]);
    expect(await around(ann, { around_seq: 6, limit: 3 })).toEqual([[4, 5, 6], true, false]);
    expect(await around(bob, { around_seq: 1, limit: 2 })).toEqual([[3, 4], false, true]);
    expect(await around(ann, { around_seq: 99, limit: 2 })).toEqual([[5, 6], true, false]);
    expect(await around(ann, { around_seq: 5, limit: 1 })).toEqual([[5], true, true]);
    const both = { chat_id: chat.chatId, around_seq: 1, after_seq: 1 };
    expect(await ask(ann, 'messages.history', both)).toEqual(refusedAs('INVALID_PARAMS'));
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
    const around = await answer(ann, 'messages.history', { chat_id: chat.chatId, around_seq: 9, limit: 30 });
    const seqs = around.messages.map(({ seq }: { seq: number }) => seq);
    expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, at) => seqs[0] + at));
    expect(seqs).toContain(9);
    expect([around.more, around.more_after]).toEqual([seqs[0] > 1, seqs.at(-1) < 30]);
  });
});

describe('search', () => {
  /** Both read models, as far as they are to be. */
  const foldBoth = async (chat: ChatHistory, ...ends: [chats?: number, search?: number]) => {
    await fold(chatsProjection, chat.records.slice(0, ends[0]));
    await fold(searchProjection, chat.records.slice(0, ends[1]));
  };
  const found = async (user: string, query: string, more: object = {}) => {
    const { hits } = await answer(user, 'messages.search', { query, ...more });
    return hits.map(({ seq }: { seq: number }) => seq);
  };

  it('finds words, beginnings, phrases and parts of what has no word breaks, best and newest first', async () => {
    const chat = new ChatHistory('CHAT_0', nextChat);
    chat.create([member(ann), member(bob)]);
    const texts = [
      'Dinner at Café Zoë?', // 1
      'dinners are at eight', // 2
      'after dinner: cafe', // 3
      '今日は東京タワーに行きました', // 4
      'วันนี้กินข้าวที่ไหน', // 5
      '오늘 학교에 갑니다', // 6
      'the cafe we had dinner at', // 7
      '🎉 done', // 8
    ];
    for (const text of texts) chat.send(ann, text);
    await foldBoth(chat);
    expect(await found(bob, 'dinner ')).toEqual([7, 3, 1]);
    expect(await found(bob, 'DINNER')).toEqual([7, 3, 1, 2]);
    expect(await found(bob, 'cafe dinner')).toEqual([3, 1, 7]);
    expect(await found(bob, 'din caf')).toEqual([]);
    expect(await found(bob, 'dinner caf')).toEqual([3, 1, 7]);
    expect(await found(bob, '"after dinner"')).toEqual([3]);
    expect(await found(bob, '"dinner after"')).toEqual([]);
    expect(await found(bob, '"after din')).toEqual([3]);
    for (const part of ['東京', '京タ', 'タワーに', '京', '今日 行き'])
      expect(await found(bob, part)).toEqual([4]);
    for (const part of ['東行', 'タワーは', '"東京 行"']) expect(await found(bob, part)).toEqual([]);
    for (const part of ['กินข้าว', 'กินข', 'ข้าว', 'ไหน']) expect(await found(bob, part)).toEqual([5]);
    for (const part of ['학교', '교에', '학']) expect(await found(bob, part)).toEqual([6]);
    expect(await found(bob, '🎉')).toEqual([8]);
    const { hits } = await answer(bob, 'messages.search', { query: '"café z' });
    expect(hits).toEqual([
      {
        chat_id: chat.chatId,
        seq: 1,
        sender_id: ann,
        date_ms: 2_001,
        snippet: texts[0],
        highlights: [{ offset: 10, length: 8 }],
      },
    ]);
  });

  // Seen failing with the chats of former members searched, with `visible_from_seq` left out, and with the digest of the query.
  it('finds only what may be read now, page by page', async () => {
    const [one, other, left] = [1, 2, 3].map(() => new ChatHistory('CHAT_0', nextChat)) as ChatHistory[];
    one!.create([member(ann), member(bob, 3)]);
    other!.create([member(ann), member(bob)]);
    left!.create([member(ann), member(bob)]);
    for (let at = 1; at <= 5; at++)
      for (const chat of [one!, other!, left!])
        chat.send(at % 2 ? ann : bob, `needle ${'again '.repeat(at)}`);
    left!.remove(ann, bob, 1);
    const records = [one!, other!, left!].flatMap((chat) => chat.records);
    records.sort((first, second) => first.sequence - second.sequence);
    await fold(chatsProjection, records);
    await fold(searchProjection, records);
    const place = ({ chat_id, seq }: any) =>
      `${[one, other, left].findIndex((chat) => chat!.chatId === chat_id)}.${seq}`;
    const pages: string[][] = [];
    let cursor: string | undefined;
    do {
      const params = { query: 'again', limit: 3, ...(cursor ? { cursor } : {}) };
      const { hits, next_cursor } = await answer(bob, 'messages.search', params);
      pages.push(hits.map(place));
      cursor = next_cursor;
    } while (cursor);
    expect(pages.map((page) => page.length)).toEqual([3, 3, 2]);
    expect(pages.flat().map((text) => text.slice(2))).toEqual(['5', '5', '4', '4', '3', '3', '2', '1']);
    expect(new Set(pages.flat())).toEqual(new Set(['0.3', '0.4', '0.5', '1.1', '1.2', '1.3', '1.4', '1.5']));
    expect(await found(bob, 'needle', { chat_id: one!.chatId })).toEqual([5, 4, 3]);
    expect(await found(bob, 'needle', { chat_id: other!.chatId, from_user_id: bob })).toEqual([4, 2]);
    expect(await found(randomUUID(), 'needle')).toEqual([]);
    for (const chat_id of [left!.chatId, randomUUID()]) {
      // Also where nothing is looked for: nobody learns by it which chats there are.
      for (const query of ['needle', '?'])
        expect(await ask(bob, 'messages.search', { query, chat_id })).toEqual(refusedAs('NOT_A_MEMBER'));
    }
    const { next_cursor } = await answer(bob, 'messages.search', { query: 'again', limit: 1 });
    const elsewhere = { query: 'needle', limit: 1, cursor: next_cursor };
    expect(await ask(bob, 'messages.search', elsewhere)).toEqual(refusedAs('INVALID_PARAMS'));
  });

  // Seen failing with what the index finds not compared with what stands in the chat.
  it('follows edits and deletions at once, whichever read model is ahead', async () => {
    const chat = new ChatHistory('CHAT_0', nextChat);
    chat.create([member(ann)]);
    chat.send(ann, 'first words');
    chat.send(ann, 'second words');
    chat.send(ann, 'third words');
    await foldBoth(chat);
    chat.edit(ann, 1, 'other thing');
    chat.tombstone(ann, 2);
    chat.send(ann, 'fourth words');
    await foldBoth(chat, undefined, 4);
    expect(await found(ann, 'words')).toEqual([3]);
    await foldBoth(chat);
    expect(await found(ann, 'words')).toEqual([4, 3]);
    expect(await found(ann, 'other')).toEqual([1]);
    // What a session has seen, it can query: the index is waited for as well.
    chat.send(ann, 'fifth words');
    await fold(chatsProjection, chat.records);
    const seen = { projected: { CHAT_0: chat.records.at(-1)!.sequence }, logged: {} };
    const asked = ask(ann, 'messages.search', { query: 'fifth', chat_id: chat.chatId }, seen);
    await fold(searchProjection, chat.records);
    expect(await asked).toMatchObject({ result: { hits: [{ seq: 5 }] } });
  });

  it('whatever is asked harms nobody', async () => {
    const chat = new ChatHistory('CHAT_0', nextChat);
    chat.create([member(ann)]);
    chat.send(ann, 'some words');
    await foldBoth(chat);
    for (const query of [
      '&',
      "a' | 'b",
      ':*',
      '!!',
      '<->',
      '\\',
      '""',
      '%',
      '\u{200b}',
      ' ',
      "'; drop schema",
    ])
      expect(await found(ann, query)).toEqual([]);
    for (const query of [
      '日'.repeat(128),
      'ab '.repeat(42),
      '😀'.repeat(128),
      '"'.repeat(128),
      "'a' ".repeat(32),
    ])
      expect(await found(ann, query)).toEqual([]);
    for (const query of ['', 'x'.repeat(129), 'x'.repeat(10_000), 'nul\0', '\ud800', 7, null, ['a']]) {
      const reply: any = await ask(ann, 'messages.search', { query });
      expect(reply).toEqual(refusedAs('INVALID_PARAMS'));
      expect(Object.keys(reply.error.details)).toEqual(['query']);
    }
    for (const cursor of ['bm90aGluZw', Buffer.from('[1e300,1,"a",1,"b"]').toString('base64url')])
      expect(await ask(ann, 'messages.search', { query: 'some', cursor })).toEqual(
        refusedAs('INVALID_PARAMS'),
      );
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

describe('receipts', () => {
  /** One person's marks, step by step: each the seq, and when. */
  const marks = (
    user_id: string,
    chat_id: string,
    type: ReceiptEvent['type'],
    ...steps: [number, number][]
  ) =>
    steps.map(([seq, at_ms]) => {
      const data = { user_id, cursors: [{ chat_id, seq, after: 1 }] };
      const decision = { meta: { occurred_at_ms: at_ms, actor: { user_id, device_id: null } } };
      const place = { stream: 'RECEIPT_0', sequence: nextReceipt(), aggregate_id: user_id };
      return { ...place, events: [{ type, data }], decision } as unknown as ProjectedRecord;
    });

  /**
   * Seen failing with marks that come late kept as steps, with former members told of, with members told of who joined later,
   * with whoever wrote after it left out, and with who has read it left out of who has it.
   */
  it('tell the sender who has a message and who has read it, and since when', async () => {
    const [reader, writer, slow, gone, late] = [1, 2, 3, 4, 5].map(() => randomUUID()) as string[] & {
      length: 5;
    };
    const others = [reader!, writer!, slow!, gone!];
    const chat = new ChatHistory('CHAT_0', nextChat);
    chat.create([member(ann, 1, 'owner'), ...others.map((id) => member(id)), member(late!, 3)]);
    for (const user of [ann, ann, ann, writer!, ann]) chat.send(user, 'words');
    chat.remove(ann, gone!, 5);
    await fold(chatsProjection, chat.records);
    const moved = (user: string, type: ReceiptEvent['type'], ...steps: [number, number][]) =>
      marks(user, chat.chatId, type, ...steps);
    await fold(receiptsProjection, [
      ...moved(reader!, 'DeliveredCursorMoved', [1, 3_000], [5, 3_300], [2, 3_400]),
      ...moved(reader!, 'ReadCursorMoved', [1, 3_100], [4, 3_500], [3, 3_600], [4, 3_700]),
      ...moved(slow!, 'DeliveredCursorMoved', [4, 3_200]),
      ...moved(gone!, 'ReadCursorMoved', [5, 3_000]),
      ...moved(late!, 'ReadCursorMoved', [5, 9_000]),
    ]);
    const receipts = (seq: number) => answer(ann, 'messages.receipts', { chat_id: chat.chatId, seq });
    expect(await receipts(2)).toEqual({
      delivered: [
        { user_id: writer, at_ms: 2_004 },
        { user_id: slow, at_ms: 3_200 },
        { user_id: reader, at_ms: 3_300 },
      ],
      read: [
        { user_id: writer, at_ms: 2_004 },
        { user_id: reader, at_ms: 3_500 },
      ],
    });
    expect(await receipts(5)).toEqual({
      delivered: [
        { user_id: reader, at_ms: 3_300 },
        { user_id: late, at_ms: 9_000 },
      ],
      read: [{ user_id: late, at_ms: 9_000 }],
    });
    const ask5 = (user: string) => ask(user, 'messages.receipts', { chat_id: chat.chatId, seq: 5 });
    expect(await ask5(writer!)).toEqual(refusedAs('FORBIDDEN'));
    expect(await ask5(gone!)).toEqual(refusedAs('NOT_A_MEMBER'));
  });

  // Seen failing with receipts not among what a session has seen.
  it('show what the asker was told already', async () => {
    const chat = new ChatHistory('CHAT_0', nextChat);
    chat.create([member(ann, 1, 'owner'), member(bob)]);
    chat.send(ann, 'hello');
    await fold(chatsProjection, chat.records);
    const [read] = marks(bob, chat.chatId, 'ReadCursorMoved', [1, 3_000]);
    const seen = { projected: {}, logged: { RECEIPT_0: read!.sequence } };
    const asked = ask(ann, 'messages.receipts', { chat_id: chat.chatId, seq: 1 }, seen);
    await fold(receiptsProjection, [read!]);
    expect(await asked).toMatchObject({ result: { read: [{ user_id: bob, at_ms: 3_000 }] } });
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
