import { describe, expect, test } from 'vitest';
import { v7 as uuidV7 } from 'uuid';
import { MemoryEventStore } from '#streams/memory-event-store.js';
import { duplicate_window_ms } from '#streams/topology.js';
import {
  as,
  chatServiceOn,
  codeOf,
  directChatOf,
  keyMadeAgo,
  newGroup,
  otherDevice,
  person,
  resultOf,
  streamsPerFamily,
} from '../../../test/support/command-bench.js';
import { FaultyEventStore } from '../../../test/support/faulty-event-store.js';
import { FoldedReadModels, storedDecisions } from '../../../test/support/folded-read-models.js';
import { seededRandom } from '../../../test/support/random.js';
import { Refusal } from '#protocol/refusal.js';
import { loadChat } from './loaded-chat.js';

const text = (value: string) => ({ type: 'text', text: value });

function bench(nowMs = () => Date.now()) {
  const store = new MemoryEventStore({ streamsPerFamily, nowMs });
  const models = new FoldedReadModels(store);
  const service = chatServiceOn(store, models, nowMs);
  const events = async () =>
    (await storedDecisions(store, 'CHAT_0')).flatMap(({ decision }) => decision.events);
  return { store, models, service, events };
}

describe('a command', () => {
  test('is answered with what was stored and where', async () => {
    const { service } = bench();
    const [ann, bob] = [person(), person()];
    const chat = await newGroup(service, ann, [bob]);
    const reply = await chat.send('hello');
    expect(reply).toEqual({
      result: { chat_id: chat.chatId, seq: 2, date_ms: expect.any(Number), duplicate: false },
      seen: { projected: { CHAT_0: 2 }, logged: { CHAT_0: 2 } },
    });
  });

  test('of a request keeps its place, and one that is refused holds up no other', async () => {
    const { service } = bench();
    const [ann, bob] = [person(), person()];
    const chat = await newGroup(service, ann, [bob]);
    const send = (value: string) =>
      ['messages.send', { chat_id: chat.chatId, client_msg_id: uuidV7(), content: text(value) }] as const;
    const replies = await chat.all(
      send('one'),
      ['messages.react', { chat_id: chat.chatId, seq: 99, emoji: '👍' }],
      send('two'),
      ['messages.nothing', {}],
      ['messages.send', { chat_id: chat.chatId, client_msg_id: 'no', content: text('') }],
      send('three'),
    );
    expect(replies.map((reply) => codeOf(reply) ?? resultOf(reply)['seq'])).toEqual([
      2,
      'NOT_FOUND',
      3,
      'METHOD_NOT_FOUND',
      'INVALID_PARAMS',
      4,
    ]);
    expect(replies[4]).toMatchObject({
      error: { details: { client_msg_id: expect.any(String), 'content.text': expect.any(String) } },
    });
  });

  test('of a stranger is refused, whether the chat exists or not', async () => {
    const { service } = bench();
    const chat = await newGroup(service, person(), [person()]);
    const stranger = person();
    expect(codeOf(await as(chat, stranger).send('x'))).toBe('NOT_A_MEMBER');
    expect(codeOf(await directChatOf(service, stranger, person()).send('x'))).toBe('NOT_A_MEMBER');
  });

  test.each(['*', '>', 'a.b', 'a b', 'a\0b', '', '../x', 'ABCDEF00-0000-4000-8000-000000000000'])(
    'with the id %j is refused, and nothing is stored',
    async (id) => {
      const { service, events } = bench();
      const chat = await newGroup(service, person(), []);
      const before = (await events()).length;
      const params = { chat_id: id, client_msg_id: uuidV7(), content: text('x') };
      expect(codeOf((await chat.all(['messages.send', params]))[0]!)).toBe('INVALID_PARAMS');
      const other = { ...params, chat_id: chat.chatId, client_msg_id: id };
      expect(codeOf((await chat.all(['messages.send', other]))[0]!)).toBe('INVALID_PARAMS');
      const { replies } = await service.handle({
        identity: chat.identity,
        aggregate_id: id,
        commands: [{ command_id: uuidV7(), method: 'messages.send', params }],
      });
      expect(replies.map(codeOf)).toEqual(['INVALID_PARAMS']);
      expect(await events()).toHaveLength(before);
    },
  );

  test('is refused at once when too much waits for its chat', async () => {
    const { service } = bench();
    const chat = await newGroup(service, person(), []);
    const replies = await Promise.all(Array.from({ length: 600 }, (_, index) => chat.send(`m${index}`)));
    const refused = replies.filter((reply) => codeOf(reply) === 'BUSY');
    expect(refused.length).toBe(600 - 512);
    expect(refused[0]).toMatchObject({ error: { retryable: true } });
  });
});

describe('many at once', () => {
  test('are stored in batches, numbered without holes in the order they came', async () => {
    const { store, service } = bench();
    const [ann, bob] = [person(), person()];
    const chat = await newGroup(service, ann, [bob]);
    let appends = 0;
    const { append } = store;
    store.append = (...given) => (appends++, append.apply(store, given));
    const replies = await Promise.all(Array.from({ length: 100 }, (_, index) => chat.send(`m${index}`)));
    expect(replies.map((reply) => resultOf(reply)['seq'])).toEqual(
      Array.from({ length: 100 }, (_, i) => i + 2),
    );
    expect(appends).toBe(2);
  });
});

describe('creating a chat', () => {
  test('of the same two people again, by either, is the first one', async () => {
    const { service, events } = bench();
    const [ann, bob] = [person(), person()];
    const create = (me: typeof ann, other: typeof ann) =>
      directChatOf(service, me, other).all([
        'chats.create',
        { kind: 'direct', member_ids: [other.user_id], client_request_id: uuidV7() },
      ]);
    const replies = [...(await create(ann, bob)), ...(await create(ann, bob)), ...(await create(bob, ann))];
    expect(new Set(replies.map((reply) => resultOf(reply)['chat_id'])).size).toBe(1);
    expect(await events()).toHaveLength(1);
  });

  test('with people who do not exist names them, and needs the read models to know', async () => {
    const { service, models } = bench();
    const ghost = { ...person(), user_id: 'dead0000-0000-4000-8000-000000000000' };
    const chat = directChatOf(service, person(), ghost);
    const params = { kind: 'direct', member_ids: [ghost.user_id], client_request_id: uuidV7() };
    expect((await chat.all(['chats.create', params]))[0]).toMatchObject({
      error: { code: 'NOT_FOUND', details: { user_ids: [ghost.user_id] } },
    });
    models.failure = new Refusal('UNAVAILABLE');
    expect(codeOf((await chat.all(['chats.create', params]))[0]!)).toBe('UNAVAILABLE');
  });

  test('leaving is answered again when it is asked again', async () => {
    const { service } = bench();
    const [ann, bob] = [person(), person()];
    const chat = as(await newGroup(service, ann, [bob]), bob);
    const client_request_id = uuidV7();
    const first = await chat.ask('chats.leave', { client_request_id });
    expect(resultOf(first)).toEqual({ chat_id: chat.chatId });
    expect(await chat.ask('chats.leave', { client_request_id })).toEqual(first);
    expect(codeOf(await chat.ask('chats.leave'))).toBe('NOT_A_MEMBER');
  });
});

describe('who comes again, into a chat that shows them everything', () => {
  // Seen failing: what is known of a cursor is kept by user and chat alone, or asked of the read model.
  test('has read nothing of it, whatever they had read before they left', async () => {
    const { store, models, service } = bench();
    const [ann, bob] = [person(), person()];
    const chat = await newGroup(service, ann, [bob]);
    for (const value of ['one', 'two', 'three']) resultOf(await chat.send(value));
    const read = async (seq: number) => resultOf(await as(chat, bob).ask('messages.read', { seq }));
    expect(await read(4)).toEqual({ read_seq: 4, unread_count: 0 });
    resultOf(await chat.ask('chats.update', { history: 'all' }));
    resultOf(await as(chat, bob).ask('chats.leave'));
    resultOf(await chat.ask('chats.addMembers', { user_ids: [bob.user_id] }));
    models.readCursorOfAll = 4;
    expect(await read(2)).toEqual({ read_seq: 2, unread_count: 4 });
    expect(await read(3)).toEqual({ read_seq: 3, unread_count: 3 });
    expect(await read(1)).toEqual({ read_seq: 3, unread_count: 3 });
    const stored = await storedDecisions(store, 'RECEIPT_0');
    const cursors = stored.flatMap(({ decision }) => decision.events.map(({ data }: any) => data.cursors[0]));
    expect(cursors.map(({ seq, joined_seq }) => [seq, joined_seq])).toEqual([
      [4, undefined],
      [2, 6],
      [3, 6],
    ]);
  });
});

describe('adding and banning at once, through two handlers', () => {
  // Seen failing: the decider adds who is banned.
  test('who is banned is out, whichever stands first', async () => {
    const random = seededRandom('adding and banning');
    const { store, models, service } = bench();
    const services = [service, chatServiceOn(store, models)];
    const [ann, bob, eve] = [person(), person(), person()];
    const chat = await newGroup(service, ann, [bob]);
    const { user_id } = eve;
    resultOf(await chat.ask('chats.setRole', { user_id: bob.user_id, role: 'admin' }));
    const met = new Set<string>();
    for (let wave = 0; wave < 20; wave++) {
      const asked = [
        () => as(chat, ann, random.pick(services)).ask('chats.addMembers', { user_ids: [user_id] }),
        () => as(chat, bob, random.pick(services)).ask('chats.ban', { user_id }),
      ];
      const isAddFirst = random.integer(2) === 0;
      const replies = await Promise.all((isAddFirst ? asked : asked.toReversed()).map((ask) => ask()));
      const [added, banned] = isAddFirst ? replies : replies.toReversed();
      resultOf(banned!);
      met.add(codeOf(added!) ?? 'added');
      const { state } = await loadChat(store, { chatId: chat.chatId, stream: 'CHAT_0' });
      expect(state).toMatchObject({ member_count: 2, banned_ids: [user_id] });
      resultOf(await chat.ask('chats.unban', { user_id }));
    }
    expect([...met].toSorted()).toEqual(['BANNED', 'added']);
  });
});

describe('the same key again', () => {
  test('at once, from another device, and within one request: one message, the first answer', async () => {
    const { service, events } = bench();
    const [ann, bob] = [person(), person()];
    const chat = await newGroup(service, ann, [bob]);
    const key = uuidV7();
    const params = { chat_id: chat.chatId, client_msg_id: key, content: text('x') };
    const [first, second] = await chat.all(['messages.send', params], ['messages.send', params]);
    const third = await as(chat, otherDevice(ann)).send('x', key);
    const answer = resultOf(first!);
    expect(answer).toMatchObject({ seq: 2, duplicate: false });
    for (const again of [second!, third]) {
      expect(again).toEqual({
        result: { ...answer, duplicate: true },
        seen: (first as { seen: unknown }).seen,
      });
    }
    expect(await events()).toHaveLength(3);
  });

  // Seen failing with the hashes not compared in `repeated` (decide-row.ts).
  test('with another body is a mismatch; of another person or in another chat it is another message', async () => {
    const { service } = bench();
    const [ann, bob] = [person(), person()];
    const chat = await newGroup(service, ann, [bob]);
    const key = uuidV7();
    await chat.send('x', key);
    expect(codeOf(await chat.send('y', key))).toBe('IDEMPOTENCY_MISMATCH');
    expect(resultOf(await as(chat, bob).send('y', key))).toMatchObject({ seq: 3, duplicate: false });
    const other = await newGroup(service, ann, [bob]);
    expect(resultOf(await other.send('y', key))).toMatchObject({ seq: 2, duplicate: false });
    const bold = [{ type: 'bold', offset: 0, length: 1 }];
    const asBold = { client_msg_id: key, content: { type: 'text', text: 'x', entities: bold } };
    expect(codeOf(await chat.ask('messages.send', asBold))).toBe('IDEMPOTENCY_MISMATCH');
  });

  test('from the future is refused with the time', async () => {
    const { service } = bench();
    const chat = await newGroup(service, person(), []);
    expect(await chat.send('x', keyMadeAgo(-31_000))).toMatchObject({
      error: { code: 'CLOCK_AHEAD', retryable: false, details: { server_time_ms: expect.any(Number) } },
    });
  });

  // I3. Seen failing: with the answer of `findRequest` ignored (look-ups.ts) there is a second message. The clock has to
  // move: within the store's duplicate window the store would have refused the second by itself.
  test('long after: found by the read model, when neither the run nor the store holds the key', async () => {
    let nowMs = Date.now();
    const { store, models, service, events } = bench(() => nowMs);
    const [ann, bob] = [person(), person()];
    const chat = await newGroup(service, ann, [bob]);
    const key = uuidV7({ msecs: nowMs });
    const first = resultOf(await chat.send('x', key));
    for (let round = 0; round < 3; round++) {
      await Promise.all(Array.from({ length: 100 }, (_, index) => chat.send(`m${round}.${index}`)));
    }
    const stored = (await events()).length;
    nowMs += duplicate_window_ms + 1;
    const restarted = chatServiceOn(store, models, () => nowMs);
    for (const later of [service, restarted]) {
      const again = await as(chat, otherDevice(ann), later).send('x', key);
      expect(resultOf(again)).toEqual({ ...first, duplicate: true });
      expect(codeOf(await as(chat, ann, later).send('y', key))).toBe('IDEMPOTENCY_MISMATCH');
    }
    expect(await events()).toHaveLength(stored);
  });

  // Seen failing: with the key's age told by the clock as it is set: there is a second message.
  test('long after, by a handler whose clock was set back: still no second message', async () => {
    let nowMs = Date.now();
    let setBackMs = 0;
    const { store, models, events } = bench(() => nowMs);
    const service = chatServiceOn(store, models, () => nowMs - setBackMs);
    const chat = await newGroup(service, person(), [person()]);
    const key = uuidV7({ msecs: nowMs });
    const first = resultOf(await chat.send('x', key));
    for (let round = 0; round < 3; round++) {
      await Promise.all(Array.from({ length: 100 }, (_, index) => chat.send(`m${round}.${index}`)));
    }
    const stored = (await events()).length;
    nowMs += duplicate_window_ms + 1;
    await chat.send('later', uuidV7({ msecs: nowMs }));
    setBackMs = duplicate_window_ms;
    expect(resultOf(await chat.send('x', key))).toEqual({ ...first, duplicate: true });
    expect(await events()).toHaveLength(stored + 1);
  });

  // Seen failing: with `covers` answering true always, the lagging read model makes a second message.
  test('long after, with a read model that lags: a retryable error, never a second message', async () => {
    const { store, models, service, events } = bench();
    const chat = await newGroup(service, person(), [person()]);
    const key = keyMadeAgo(200_000);
    await chat.send('x', key);
    models.seesUpTo = 1;
    await Promise.all(Array.from({ length: 64 }, (_, index) => chat.send(`m${index}`)));
    const stored = (await events()).length;
    const restarted = as(chat, chat.identity, chatServiceOn(store, models));
    expect(await restarted.send('x', key)).toMatchObject({
      error: { code: 'NOT_CAUGHT_UP', retryable: true },
    });
    expect(resultOf(await chat.send('x', key))['duplicate']).toBe(true);
    expect(await events()).toHaveLength(stored);
    models.seesUpTo = Infinity;
    expect(resultOf(await restarted.send('x', key))).toMatchObject({ seq: 2, duplicate: true });
  });

  test('while Postgres is down: what is new goes on, what must be looked up is retryable', async () => {
    const { store, models, service } = bench();
    const chat = await newGroup(service, person(), [person()]);
    models.failure = new Refusal('UNAVAILABLE');
    const key = uuidV7();
    const first = resultOf(await chat.send('x', key));
    expect(resultOf(await chat.send('x', key))).toEqual({ ...first, duplicate: true });
    expect(resultOf(await chat.ask('messages.edit', { seq: 2, content: text('y') }))).toHaveProperty(
      'edited_at_ms',
    );
    expect(resultOf(await chat.ask('messages.read', { seq: 2 }))).toEqual({ read_seq: 2, unread_count: 0 });
    expect(codeOf(await chat.send('z', keyMadeAgo(90_000)))).toBe('UNAVAILABLE');
    await Promise.all(Array.from({ length: 64 }, (_, index) => chat.send(`m${index}`)));
    const restarted = as(chat, chat.identity, chatServiceOn(store, models));
    expect(codeOf(await restarted.ask('messages.edit', { seq: 2, content: text('z') }))).toBe('UNAVAILABLE');
    expect(resultOf(await restarted.send('new'))).toMatchObject({ duplicate: false });
  });

  test('of a fresh key needs no look-up', async () => {
    const { models, service } = bench();
    const chat = await newGroup(service, person(), []);
    await chat.send('x');
    expect(models.requestsAsked).toBe(0);
  });

  // Seen failing with messages that carry no id in the store, and with the hashes not compared in ChatWriter.duplicate.
  test('refused by the duplicate window after the run has moved on: the first answer', async () => {
    const { store, models, service } = bench();
    const chat = await newGroup(service, person(), [person()]);
    const key = uuidV7();
    const first = resultOf(await chat.send('x', key));
    await Promise.all(Array.from({ length: 64 }, (_, index) => chat.send(`m${index}`)));
    const restarted = as(chat, chat.identity, chatServiceOn(store, models));
    const [again, beside] = await Promise.all([restarted.send('x', key), restarted.send('beside')]);
    expect(resultOf(again)).toEqual({ ...first, duplicate: true });
    expect(resultOf(beside)).toMatchObject({ duplicate: false, seq: 67 });
    expect(codeOf(await restarted.send('other text', key))).toBe('IDEMPOTENCY_MISMATCH');
  });
});

// Seen failing with decisions of commands without a key known to the store by an id of their own, and with the run not asked
// for the command's id: leaving is then refused, and an old reaction stands over a later one.
describe('the same command asked again, because its handler may be gone', () => {
  test.each([
    ['messages.send', { client_msg_id: uuidV7(), content: text('new') }],
    ['messages.edit', { seq: 2, content: text('edited') }],
    ['messages.react', { seq: 2, emoji: '👍' }],
    ['messages.delete', { seqs: [2], for: 'everyone' }],
    ['messages.read', { seq: 2 }],
    ['chats.removeMember', { user_id: null }],
    ['chats.leave', {}],
  ])('%s: by the same handler, at once, and by another: one effect, one answer', async (method, given) => {
    const { store, models, service, events } = bench();
    const [ann, bob] = [person(), person()];
    const chat = await newGroup(service, ann, [bob]);
    await chat.send('first');
    const params = 'user_id' in given ? { user_id: bob.user_id } : given;
    const request = {
      identity: ann,
      aggregate_id: chat.chatId,
      commands: [{ command_id: uuidV7(), method, params: { chat_id: chat.chatId, ...params } }],
    };
    const ask = async (by: typeof service) => (await by.handle(request)).replies[0]!;
    const [first, atOnce] = await Promise.all([ask(service), ask(service)]);
    const stored = (await events()).length;
    const others = [atOnce, await ask(service), await ask(chatServiceOn(store, models))];
    expect(others.map(resultOf)).toEqual([first, first, first].map(resultOf));
    expect(await events()).toHaveLength(stored);
  });

  test('a first copy that comes late changes nothing any more', async () => {
    const { store, models, service, events } = bench();
    const chat = await newGroup(service, person(), []);
    await chat.send('first');
    const react = (emoji: string | null) => ({
      identity: chat.identity,
      aggregate_id: chat.chatId,
      commands: [
        {
          command_id: uuidV7(),
          method: 'messages.react',
          params: { chat_id: chat.chatId, seq: 2, emoji },
        },
      ],
    });
    const [early, late] = [react('👍'), react(null)];
    await service.handle(early);
    await service.handle(late);
    await Promise.all(Array.from({ length: 300 }, (_, index) => chat.send(`m${index}`)));
    const stored = (await events()).length;
    await chatServiceOn(store, models).handle(early);
    expect(await events()).toHaveLength(stored);
  });
});

describe('reading', () => {
  test('moves forward only, no further than there are messages, and writes a mark only when it moves', async () => {
    const { store, service } = bench();
    const [ann, bob] = [person(), person()];
    const chat = await newGroup(service, ann, [bob]);
    for (const word of ['a', 'b', 'c']) await chat.send(word);
    const reader = as(chat, bob);
    const read = async (seq: number) => resultOf(await reader.ask('messages.read', { seq }));
    expect(await read(2)).toEqual({ read_seq: 2, unread_count: 2 });
    expect(await read(1)).toEqual({ read_seq: 2, unread_count: 2 });
    expect(await read(99)).toEqual({ read_seq: 4, unread_count: 0 });
    expect(await read(99)).toEqual({ read_seq: 4, unread_count: 0 });
    const marks = (await storedDecisions(store, 'RECEIPT_0')).flatMap(
      ({ decision }) => decision.events as unknown[],
    );
    expect(marks).toMatchObject([
      { type: 'ReadCursorMoved', data: { cursors: [{ chat_id: chat.chatId, seq: 2, after: 4 }] } },
      { type: 'ReadCursorMoved', data: { cursors: [{ chat_id: chat.chatId, seq: 4, after: 4 }] } },
    ]);
    expect(codeOf(await as(chat, person()).ask('messages.read', { seq: 1 }))).toBe('NOT_A_MEMBER');
  });

  // Seen failing with what the telling of typing carries left out, and with its answer that of reading.
  test('goes along with the telling of typing, by the same rules', async () => {
    const { store, service } = bench();
    const [ann, bob] = [person(), person()];
    const chat = await newGroup(service, ann, [bob]);
    for (const words of ['a', 'b']) await chat.send(words);
    const types = (read_seq: number) => as(chat, bob).ask('typing.set', { action: 'typing', read_seq });
    for (const seq of [2, 99, 1]) expect(resultOf(await types(seq))).toEqual({});
    const receipts = (await storedDecisions(store, 'RECEIPT_0')).flatMap(({ decision }) => decision.events);
    expect(receipts).toMatchObject(
      [2, 3].map((seq) => ({ type: 'ReadCursorMoved', data: { user_id: bob.user_id, cursors: [{ seq }] } })),
    );
    const stranger = as(chat, person()).ask('typing.set', { action: 'typing', read_seq: 1 });
    expect(codeOf(await stranger)).toBe('NOT_A_MEMBER');
  });

  test('sees what the same request sent before it', async () => {
    const { service } = bench();
    const chat = await newGroup(service, person(), []);
    const replies = await chat.all(
      ['messages.send', { chat_id: chat.chatId, client_msg_id: uuidV7(), content: text('x') }],
      ['messages.read', { chat_id: chat.chatId, seq: 2 }],
    );
    expect(replies[1]).toMatchObject({ result: { read_seq: 2, unread_count: 0 } });
  });
});

describe('older messages', () => {
  test('are changed by what the read model knows and the run adds', async () => {
    const { store, models, service } = bench();
    const [ann, bob] = [person(), person()];
    const chat = await newGroup(service, ann, [bob]);
    await chat.send('x');
    await Promise.all(Array.from({ length: 64 }, (_, index) => chat.send(`m${index}`)));
    const restarted = as(chat, bob, chatServiceOn(store, models));
    expect(await restarted.ask('messages.react', { seq: 2, emoji: '👍' })).toMatchObject({ result: {} });
    models.seesUpTo = 66;
    expect(await as(restarted, ann).ask('messages.react', { seq: 2, emoji: '👍' })).toMatchObject({
      result: {},
    });
    const head = (await storedDecisions(store, 'CHAT_0')).at(-1)!.decision.events[0]!;
    expect(head.data).toMatchObject({ reactions: [{ emoji: '👍', count: 2 }] });
    expect(
      resultOf(await as(restarted, ann).ask('messages.delete', { seqs: [2, 3], for: 'everyone' })),
    ).toEqual({
      deleted: [2, 3],
    });
    expect(codeOf(await as(restarted, ann).ask('messages.edit', { seq: 2, content: text('y') }))).toBe(
      'MESSAGE_DELETED',
    );
    expect(codeOf(await as(restarted, bob).ask('messages.delete', { seqs: [4], for: 'everyone' }))).toBe(
      'FORBIDDEN',
    );
    expect(await as(restarted, bob).ask('messages.delete', { seqs: [4], for: 'me' })).toMatchObject({
      error: { code: 'INVALID_PARAMS', details: { for: expect.any(String) } },
    });
  });
});

describe('a store that loses answers, refuses and is written to by another handler', () => {
  // I3, I4. Seen failing: without comparing decision ids in ChatWriter.reloaded, first answers call themselves repeats;
  // when also keys are not looked for in the run and messages carry no id in the store, lost answers make second
  // messages; when the store does not compare the expected sequence, the overlap makes double numbers. I1: with a time-out
  // taken for stored, or answered before the store has, answers name messages that are not there.
  const happened = new Map<string, number>();

  test.each([1, 2, 3])('round %i: every message once, numbers without holes, answers true', async (round) => {
    const { integer } = seededRandom(`lost answers and overlaps, round ${round}`);
    const random = () => integer(1_000_000) / 1_000_000;
    const store = new MemoryEventStore({ streamsPerFamily, nowMs: () => Date.now() });
    const models = new FoldedReadModels(store);
    const faults = { lost_answer: 0.15, lost_request: 0.15, spurious_conflict: 0.1 };
    const faulty = new FaultyEventStore(store, faults, random);
    const services = [chatServiceOn(faulty, models), chatServiceOn(faulty, models)];
    const [ann, bob] = [person(), person()];
    const chat = await newGroup(chatServiceOn(store, models), ann, [bob]);
    const answers: { key: string; seq: unknown }[] = [];
    for (let wave = 0; wave < 20; wave++) {
      const keys = [uuidV7(), uuidV7(), uuidV7()];
      answers.push(...(await Promise.all(keys.map((key) => untilAnswered(key)))));
    }

    async function untilAnswered(key: string) {
      for (let tries = 0; tries < 50; tries++) {
        const reply = await as(chat, ann, services[Math.floor(random() * 2)]).send(key, key);
        if (!('error' in reply)) {
          // Whatever was lost on the way, who asks once is the first.
          if (tries === 0) expect(reply.result['duplicate']).toBe(false);
          return { key, seq: reply.result['seq'] };
        }
        expect(reply.error.retryable).toBe(true);
      }
      throw new Error('never answered');
    }

    const decisions = await storedDecisions(store, 'CHAT_0');
    const events = decisions.flatMap(({ decision }) => decision.events);
    const sent = events.flatMap((event) => (event.type === 'MessageSent' ? [event.data.message] : []));
    expect(sent.map(({ seq }) => seq)).toEqual(Array.from({ length: 61 }, (_, index) => index + 1));
    expect(events.map(({ chat_pts }) => chat_pts)).toEqual(events.map((_, index) => index + 1));
    const stored = sent.slice(1).map(({ client_msg_id, seq }) => ({ key: client_msg_id, seq }));
    expect(answers.toSorted((one, other) => Number(one.seq) - Number(other.seq))).toEqual(stored);
    for (const [fault, count] of Object.entries(faulty.happened))
      happened.set(fault, count + (happened.get(fault) ?? 0));
  });

  test('in these rounds everything happened that may', () => {
    for (const [fault, count] of happened) expect([fault, count > 0]).toEqual([fault, true]);
    expect(happened.size).toBeGreaterThan(0);
  });

  test('that only ever refuses: a retryable CONFLICT, and nothing stored', async () => {
    const { store, models, service, events } = bench();
    const chat = await newGroup(service, person(), []);
    const faulty = new FaultyEventStore(
      store,
      { lost_answer: 0, lost_request: 0, spurious_conflict: 1 },
      () => 0,
    );
    const stored = (await events()).length;
    const reply = await as(chat, chat.identity, chatServiceOn(faulty, models)).send('x');
    expect(reply).toMatchObject({ error: { code: 'CONFLICT', retryable: true } });
    expect(await events()).toHaveLength(stored);
  });

  test('a refusal never rests on an outdated state', async () => {
    const { store, models, service } = bench();
    const [ann, bob] = [person(), person()];
    const chat = await newGroup(service, ann, []);
    const overlapping = chatServiceOn(store, models);
    expect(codeOf(await as(chat, bob, overlapping).send('x'))).toBe('NOT_A_MEMBER');
    await chat.ask('chats.addMembers', { user_ids: [bob.user_id] });
    expect(resultOf(await as(chat, bob, overlapping).send('x'))).toMatchObject({ duplicate: false });
  });
});
