import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { accountsProjection } from '#projections/accounts/projection.js';
import { chatsProjection } from '#projections/chats/projection.js';
import type { ProjectedRecord } from '#projections/define-projection.js';
import { userLogProjection } from '#projections/user-log/projection.js';
import {
  ChatHistory,
  counter,
  LogHistory,
  member,
  ofAccount,
  registered,
  registeredAs,
} from '../../test/support/chat-history.js';
import { awaitedSubjects } from '#streams/subjects.js';
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

describe('the read barrier', () => {
  it('waits until what the session has seen is folded', async () => {
    const chat = new ChatHistory('CHAT_0', nextChat);
    await fold(chatsProjection, [chat.create([member(ann)])]);
    const message = chat.send(ann, 'seen already');
    const asked = ask(
      ann,
      'chats.get',
      { chat_id: chat.chatId },
      { projected: { CHAT_0: message.sequence }, logged: {} },
    );
    // Answered only after the fold: without the barrier it would show a chat without messages.
    await fold(chatsProjection, [message]);
    expect(await asked).toMatchObject({
      result: { chat: { last_seq: 1 } },
      seen: { projected: { CHAT_0: message.sequence } },
    });
  });

  // Seen failing with the user's stream left out.
  it('tells which streams are waited for', async () => {
    const chat = new ChatHistory('CHAT_0', nextChat);
    const created = chat.create([member(ann)]);
    await fold(chatsProjection, [created]);
    const told = new Set<string>();
    const hearing = served.nc.subscribe(awaitedSubjects, {
      callback: (_error, { subject }) => void told.add(subject),
    });
    const sent = chat.send(ann, 'awaited');
    const seen = { projected: { CHAT_0: sent.sequence }, logged: { RECEIPT_0: 7 } };
    const asked = ask(ann, 'chats.get', { chat_id: chat.chatId }, seen);
    await expect.poll(() => [...told].sort()).toEqual(['awaited.CHAT_0', 'awaited.USER_0']);
    await fold(chatsProjection, [sent]);
    expect(await asked).toEqual(refusedAs('NOT_CAUGHT_UP', true));
    hearing.unsubscribe();
    await served.nc.flush();
  });

  it('waits for the user’s own log, as its entries and its writer’s positions tell', async () => {
    const chat = new ChatHistory('CHAT_0', nextChat);
    const created = chat.create([member(ann)]);
    const sent = chat.send(ann, 'own');
    await fold(chatsProjection, chat.records);
    const seen = { projected: {}, logged: { CHAT_0: sent.sequence } };
    const asked = ask(ann, 'chats.get', { chat_id: chat.chatId }, seen);
    const log = new LogHistory('USER_0', nextUser, ann);
    const [about, values] = [{ chat_id: chat.chatId }, { read_seq: 0, visible_from_seq: 1 }];
    log.append('chat.new', created, { ...about, chat_pts: 1, values: { ...values, role: 'member' } });
    await fold(userLogProjection, log.records);
    log.append('message.new', sent, { ...about, chat_pts: 2, seq: 1, values: { read_seq: 1 } });
    await fold(userLogProjection, log.records);
    expect(await asked).toMatchObject({ result: { chat: { read_seq: 1, unread_count: 0 } } });
  });

  // Seen failing, as the two before were, with the barrier's check left out.
  it('gives up in time, retryably', async () => {
    const chat = new ChatHistory('CHAT_0', nextChat);
    await fold(chatsProjection, [chat.create([member(ann)])]);
    const params = { chat_id: chat.chatId };
    const replies = await Promise.all([
      ask(ann, 'chats.get', params, { projected: { CHAT_0: 9_999 }, logged: {} }),
      ask(ann, 'chats.get', params, { projected: {}, logged: { RECEIPT_0: 1 } }),
    ]);
    expect(replies).toEqual(Array(2).fill(refusedAs('NOT_CAUGHT_UP', true)));
    // What a query does not read it does not wait for.
    expect(
      await ask(ann, 'messages.history', params, { projected: {}, logged: { RECEIPT_0: 1 } }),
    ).toHaveProperty('result');
  });

  it('without Postgres: UNAVAILABLE, and answers again after', async () => {
    await served.allowConnections(false);
    expect(await ask(ann, 'chats.list')).toEqual(refusedAs('UNAVAILABLE', true));
    expect(await served.handler.ready()).toBe(false);
    await served.allowConnections(true);
    await expect.poll(() => ask(ann, 'chats.list'), { timeout: 60_000 }).toHaveProperty('result');
  });
});

describe('snapshot', () => {
  function joined(chat: ChatHistory, log: LogHistory, created: ProjectedRecord, visible = 1) {
    return log.append('chat.new', created, {
      chat_id: chat.chatId,
      chat_pts: 1,
      values: { read_seq: visible - 1, visible_from_seq: visible, role: 'member' },
    });
  }

  it('is empty before the first entry', async () => {
    expect(await answer(ann, 'sync.snapshot')).toMatchObject({ pts: 0, sequence: 0, chats: [], users: [] });
  });

  it('tells the position, the chats with their latest messages, and people', async () => {
    const chat = new ChatHistory('CHAT_0', nextChat);
    const created = chat.create([member(ann), member(bob)]);
    const sent = [chat.send(ann, 'one'), chat.send(bob, 'two'), chat.send(ann, 'three')];
    const log = joined(chat, new LogHistory('USER_0', nextUser, bob), created);
    log.append('message.new', sent[0]!, { chat_id: chat.chatId, chat_pts: 2, seq: 1 });
    log.append('message.new', sent[1]!, {
      chat_id: chat.chatId,
      chat_pts: 3,
      seq: 2,
      values: { read_seq: 2 },
    });
    const receipt = { stream: 'RECEIPT_0', sequence: 1 };
    log.append('read.outbox', receipt, { chat_id: chat.chatId, chat_pts: 3, seq: 2 });
    await fold(userLogProjection, log.records);
    await fold(chatsProjection, chat.records);
    await fold(accountsProjection, [registered(ann, 'Ann')]);
    const snapshot = await answer(bob, 'sync.snapshot', { messages_limit: 2 });
    expect(snapshot).toMatchObject({ pts: 4, users: [{ user_id: ann, display_name: 'Ann' }] });
    const { sequence, events } = log.records[3]!;
    expect(snapshot.sequence).toBe(sequence);
    expect(events).toMatchObject([{ entry: { pts: 4, hash: snapshot.hash } }]);
    // The chat's tables may be ahead of the log: cursors are the log's, the rest is the chat's.
    // Seen failing with `read.outbox` left out of the user log's fold.
    const cursors = { read_seq: 2, read_outbox_seq: 2, last_seq: 3, unread_count: 1 };
    expect(snapshot.chats).toMatchObject([
      { chat_id: chat.chatId, ...cursors, member_count: 2, last_message: { seq: 3 } },
    ]);
    expect(snapshot.chats[0].messages.map(({ seq }: any) => seq)).toEqual([2, 3]);
  });

  // Seen failing with assertSourcesCovered left out.
  it('waits until the chats’ tables cover what the log tells of', async () => {
    const chat = new ChatHistory('CHAT_0', nextChat);
    const created = chat.create([member(ann)]);
    const log = joined(chat, new LogHistory('USER_0', nextUser, ann), created);
    await fold(userLogProjection, log.records);
    expect(await ask(ann, 'sync.snapshot')).toEqual(refusedAs('NOT_CAUGHT_UP', true));
    const asked = ask(ann, 'sync.snapshot');
    await fold(chatsProjection, [created]);
    expect(await asked).toMatchObject({ result: { pts: 1, chats: [{ chat_id: chat.chatId }] } });
  });

  it('shows nothing from after a removal that the log does not tell of yet', async () => {
    const chat = new ChatHistory('CHAT_0', nextChat);
    const created = chat.create([member(ann), member(bob)]);
    const log = joined(chat, new LogHistory('USER_0', nextUser, bob), created);
    chat.remove(ann, bob, 1);
    chat.send(ann, 'not for bob');
    await fold(chatsProjection, chat.records);
    await fold(userLogProjection, log.records);
    const snapshot = await answer(bob, 'sync.snapshot');
    expect(snapshot.chats).toMatchObject([{ chat_id: chat.chatId, last_seq: 0, messages: [] }]);
    expect(JSON.stringify(snapshot)).not.toContain('not for bob');
  });

  it('keeps its position over pages, and misses no chat that moves meanwhile', async () => {
    const chats = Array.from({ length: 5 }, () => new ChatHistory('CHAT_0', nextChat));
    const log = new LogHistory('USER_0', nextUser, ann);
    const records: ProjectedRecord[] = [];
    for (const chat of chats) {
      const created = chat.create([member(ann)]);
      records.push(created);
      joined(chat, log, created);
    }
    await fold(chatsProjection, records);
    await fold(userLogProjection, log.records);
    const ids: string[] = [];
    let page = await answer(ann, 'sync.snapshot', { chats_limit: 2 });
    for (;;) {
      expect(page.pts).toBe(5);
      ids.push(...page.chats.map(({ chat_id }: any) => chat_id));
      if (!page.next_cursor) break;
      const moved = chats[ids.length % 5]!;
      const sent = moved.send(ann, 'moves to the front');
      await fold(chatsProjection, [sent]);
      log.append('message.new', sent, {
        chat_id: moved.chatId,
        chat_pts: 2,
        seq: 1,
        values: { read_seq: 1 },
      });
      await fold(userLogProjection, log.records.slice(-1));
      page = await answer(ann, 'sync.snapshot', { chats_limit: 2, cursor: page.next_cursor });
    }
    expect(ids.sort()).toEqual(chats.map(({ chatId }) => chatId).sort());
  });

  // Seen failing with contacts whose account is not known yet left out, and with the chats’ last page taken for the end.
  it('tells whom the user calls what after the chats, each once, and who may see them', async () => {
    const chats = [1, 2, 3].map(() => new ChatHistory('CHAT_0', nextChat));
    const log = new LogHistory('USER_0', nextUser, ann);
    const records = chats.map((chat) => chat.create([member(ann)]));
    for (const [index, chat] of chats.entries()) joined(chat, log, records[index]!);
    await fold(chatsProjection, records);
    await fold(userLogProjection, log.records);
    // More than a page, one of them without an account here.
    const people = Array.from({ length: 501 }, () => randomUUID());
    const told: ProjectedRecord[] = [];
    const tell = (who: string, type: string, data: object) =>
      told.push(ofAccount(who, 100 + told.length, type, { user_id: who, ...data }));
    told.push(registeredAs(ann, 'Ann', 100));
    for (const id of people.slice(1)) told.push(registeredAs(id, 'Somebody', 100 + told.length));
    for (const other_id of people) tell(ann, 'ContactSet', { other_id, nickname: other_id.slice(0, 4) });
    tell(ann, 'PrivacyChanged', { privacy: { last_seen: 'nobody' } });
    await fold(accountsProjection, told);
    const pages = [await answer(ann, 'sync.snapshot', { chats_limit: 2 })];
    while (pages.at(-1).next_cursor)
      pages.push(await answer(ann, 'sync.snapshot', { chats_limit: 2, cursor: pages.at(-1).next_cursor }));
    expect(pages.map((page) => [page.chats.length, page.contacts.length])).toEqual([
      [2, 0],
      [1, 500],
      [0, 1],
    ]);
    const contacts = pages.flatMap((page) => page.contacts);
    expect(contacts).toEqual(
      people.toSorted().map((user_id) => ({ user_id, nickname: user_id.slice(0, 4) })),
    );
    const named = new Set(pages.flatMap(({ users }) => users).map(({ user_id }: any) => user_id));
    expect(named).toEqual(new Set([ann, ...people.slice(1)]));
    for (const page of pages) expect([page.pts, page.privacy]).toEqual([3, { last_seen: 'nobody' }]);
    for (const cursor of ['WyJ4IiwxXQ', 'WzEsMiwzXQ'])
      expect(await ask(ann, 'sync.snapshot', { cursor })).toEqual(refusedAs('INVALID_PARAMS'));
  });
});
