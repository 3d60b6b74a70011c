/**
 * `sync.chats`. Seen failing: with the order by version taken out of the query (some changes are never told), with `more`
 * answering the chat's own chat_pts (likewise), with the visible range not clamped, and with the bytes not counted.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { chatsProjection } from '#projections/chats/projection.js';
import type { MessageView } from '#domain/user-log/update.js';
import type { ChatSince, WatermarkParams } from '#protocol/methods/updates.js';
import { ChatHistory, counter, member } from '../../test/support/chat-history.js';
import { seededRandom, type Random } from '../../test/support/random.js';
import { refusedAs, ServedQueries } from '../../test/support/served-queries.js';

const random = seededRandom('sync.chats');
const nextChat = counter();
const beyond = 10_000_000;
let served: ServedQueries;
let ann: string;
let bob: string;

beforeAll(async () => {
  served = await ServedQueries.start();
});
afterAll(() => served.stop());
beforeEach(() => {
  [ann, bob] = [randomUUID(), randomUUID()];
});

const since = async (user: string, watermarks: Record<string, WatermarkParams>, limit?: number) =>
  (await served.answer(user, 'sync.chats', { watermarks, ...(limit === undefined ? {} : { limit }) })).chats;

/** What a client holds of one chat, and the mark it would give. */
interface Held {
  readonly messages: ReadonlyMap<number, MessageView>;
  readonly mark: WatermarkParams;
}

const advanced = ({ messages, mark }: Held, told: ChatSince): Held => {
  const next = new Map(messages);
  for (const message of [...told.messages, ...(told.changed ?? [])]) next.set(message.seq, message);
  const seq = told.messages.at(-1)?.seq ?? mark.seq;
  return { messages: next, mark: mark.seq === undefined ? { chat_pts: told.chat_pts } : { seq: seq! } };
};

/** Asks until nothing is left; `between` may change the chat from one page to the next. */
async function caughtUp(
  user: string,
  chatId: string,
  from: Held,
  limit: number,
  between: () => Promise<void> = async () => undefined,
): Promise<Held> {
  let held = from;
  for (;;) {
    const told: ChatSince = (await since(user, { [chatId]: held.mark }, limit))[chatId];
    expect(told.messages.length + (told.changed?.length ?? 0)).toBeLessThanOrEqual(limit);
    const before = JSON.stringify(held.mark);
    held = advanced(held, told);
    if (!told.more) return held;
    expect(JSON.stringify(held.mark)).not.toBe(before);
    await between();
  }
}

const nothing: Held = { messages: new Map(), mark: { chat_pts: 0 } };
const inOrder = ({ messages }: Held) => [...messages.values()].sort((one, other) => one.seq - other.seq);

/** One thing that happens; of the chat's messages those are known that are not deleted. */
function happens(chat: ChatHistory, people: readonly string[], alive: number[], drawn: Random): void {
  const who = drawn.pick(people);
  const seq = alive.length > 0 ? drawn.pick(alive) : 0;
  const what = seq === 0 ? 0 : drawn.integer(10);
  if (what < 5) {
    chat.send(who, `text ${drawn.integer(1_000)}`);
    alive.push(chat.lastSeq);
  } else if (what < 7) chat.edit(who, seq, `edited ${drawn.integer(1_000)}`);
  else if (what < 9) chat.react(who, seq, drawn.pick(['👍', '❤️', null]));
  else {
    chat.tombstone(who, seq);
    alive.splice(alive.indexOf(seq), 1);
  }
}

test('from any earlier mark, in pages of any size, folding the answers gives the chat as it is', async () => {
  const people = [ann, bob, randomUUID()];
  const chat = new ChatHistory('CHAT_0', nextChat);
  chat.create(people.map((id) => member(id)));
  const alive: number[] = [];
  const happen = async (count: number) => {
    for (let step = 0; step < count; step++) happens(chat, people, alive, random);
    await served.fold(chatsProjection, chat.records);
  };
  const moments: Held[] = [nothing];
  for (let moment = 0; moment < 6; moment++) {
    await happen(1 + random.integer(25));
    moments.push(await caughtUp(ann, chat.chatId, nothing, 100));
  }
  const present = inOrder(moments.at(-1)!);
  const history = await served.answer(ann, 'messages.history', { chat_id: chat.chatId, limit: 100 });
  expect(present.slice(-100)).toEqual(history.messages);
  for (const held of moments) {
    expect(inOrder(await caughtUp(ann, chat.chatId, held, 1 + random.integer(9)))).toEqual(present);
    const mark = { seq: held.messages.size };
    const fresh = await caughtUp(ann, chat.chatId, { messages: new Map(), mark }, 1 + random.integer(9));
    expect(inOrder(fresh)).toEqual(present.slice(mark.seq));
  }
  // The chat goes on while a client pages.
  let left = 8;
  const reached = await caughtUp(ann, chat.chatId, moments[2]!, 3, async () => {
    if (left-- > 0) await happen(2);
  });
  expect(inOrder(reached)).toEqual(inOrder(await caughtUp(ann, chat.chatId, nothing, 100)));
});

test('what is new stands apart from what changed; members see their range, and their own reactions', async () => {
  const chat = new ChatHistory('CHAT_0', nextChat);
  chat.create([member(ann), member(bob, 3)]);
  for (const text of ['one', 'two', 'three', 'four']) chat.send(ann, text);
  const mark = { [chat.chatId]: { chat_pts: 5 } };
  chat.edit(ann, 2, 'second');
  chat.react(bob, 4, '👍');
  chat.send(ann, 'five');
  await served.fold(chatsProjection, chat.records);
  const told = { last_seq: 5, chat_pts: 8, more: false };
  expect((await since(ann, mark))[chat.chatId]).toMatchObject({
    ...told,
    messages: [{ seq: 5 }],
    changed: [
      { seq: 2, content: { text: 'second' } },
      { seq: 4, reactions: [{ emoji: '👍', count: 1, mine: false }] },
    ],
  });
  const bobs = (await since(bob, mark))[chat.chatId];
  expect(bobs).toMatchObject({ ...told, messages: [{ seq: 5 }] });
  expect(bobs.changed).toMatchObject([{ seq: 4, reactions: [{ mine: true }] }]);
  const bySeq = (await since(bob, { [chat.chatId]: { seq: 0 } }))[chat.chatId];
  expect(bySeq.messages.map(({ seq }: MessageView) => seq)).toEqual([3, 4, 5]);
  expect(bySeq).not.toHaveProperty('changed');
});

test('a chat that cannot be told of says so by itself', async () => {
  const [chat, left] = [new ChatHistory('CHAT_0', nextChat), new ChatHistory('CHAT_0', nextChat)];
  const records = [chat.create([member(ann)]), left.create([member(bob), member(ann)])];
  records.push(chat.send(ann, 'hello'), left.remove(bob, ann, 1));
  await served.fold(chatsProjection, records);
  const unknown = randomUUID();
  const chats = await since(ann, {
    [left.chatId]: { seq: 0 },
    [unknown]: { chat_pts: 0 },
    [chat.chatId]: { seq: 0 },
  });
  const notAMember = { error: { code: 'NOT_A_MEMBER', retryable: false } };
  expect(chats[left.chatId]).toEqual(notAMember);
  expect(chats[unknown]).toEqual(notAMember);
  expect(chats[chat.chatId]).toMatchObject({ messages: [{ seq: 1 }], more: false });
  for (const mark of [{ seq: 2 }, { chat_pts: 3 }, { seq: beyond }])
    expect((await since(ann, { [chat.chatId]: mark }))[chat.chatId]).toEqual({
      error: { code: 'PTS_FROM_FUTURE', retryable: false, details: { last_seq: 1, chat_pts: 2 } },
    });
});

test('bytes cut answers, and asking again always comes further', async () => {
  const chats = Array.from({ length: 12 }, () => new ChatHistory('CHAT_0', nextChat));
  const records = chats.flatMap((chat) => [
    chat.create([member(ann)]),
    ...Array.from({ length: 30 }, () => chat.send(ann, 'x'.repeat(4_096))),
  ]);
  await served.fold(chatsProjection, records);
  const held = new Map<string, WatermarkParams>(
    chats.map(({ chatId }, at) => [chatId, at % 2 ? { seq: 0 } : { chat_pts: 0 }]),
  );
  const found = new Map<string, number>();
  for (let asked = 0; held.size > 0; asked++) {
    expect(asked).toBeLessThan(6);
    const told: Record<string, ChatSince> = await since(ann, Object.fromEntries(held), 20);
    expect(Buffer.byteLength(JSON.stringify(told))).toBeLessThan(900_000);
    for (const [chatId, one] of Object.entries(told)) {
      found.set(chatId, (found.get(chatId) ?? 0) + one.messages.length);
      if (!one.more) held.delete(chatId);
      else held.set(chatId, advanced({ messages: new Map(), mark: held.get(chatId)! }, one).mark);
    }
  }
  expect([...found.values()]).toEqual(chats.map(() => 30));
});

test('waits for what the session has seen', async () => {
  const chat = new ChatHistory('CHAT_0', nextChat);
  const [created, sent] = [chat.create([member(ann)]), chat.send(ann, 'hello')];
  await served.fold(chatsProjection, [created]);
  const params = { watermarks: { [chat.chatId]: { seq: 0 } } };
  const asked = served.ask(ann, 'sync.chats', params, {
    projected: { CHAT_0: sent.sequence },
    logged: {},
  });
  await served.fold(chatsProjection, [sent]);
  expect(await asked).toMatchObject({
    result: { chats: { [chat.chatId]: { messages: [{ seq: 1 }] } } },
    seen: { projected: { CHAT_0: sent.sequence } },
  });
  expect(await served.ask(ann, 'sync.chats', { watermarks: { x: {} } })).toEqual(refusedAs('INVALID_PARAMS'));
});
