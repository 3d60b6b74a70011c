/**
 * Blocks, from the account to the direct chat, on an event store in memory.
 *
 * Seen failing: without `blocks.missing` in the writer, everything of 'a handler that is killed'; without `bringBlock`, 'what is
 * acknowledged' and the race; without `assertMayMeet`, the chat that is made; with duplicates taken as conflicts in
 * `decideAndAppend`, the key that is used again.
 */
import { describe, expect, test } from 'vitest';
import { v7 as uuidV7 } from 'uuid';
import type { ChatDecision } from '#domain/chat/index.js';
import type { EventStore } from '#streams/event-store.js';
import { MemoryEventStore } from '#streams/memory-event-store.js';
import type { Identity, Reply } from '#streams/requests.js';
import { handlerOn } from '../../../test/support/account-bench.js';
import {
  as,
  codeOf,
  directChatOf,
  person,
  resultOf,
  streamsPerFamily,
  type Asking,
} from '../../../test/support/command-bench.js';
import { FaultyEventStore } from '../../../test/support/faulty-event-store.js';
import { storedDecisions } from '../../../test/support/folded-read-models.js';
import { seededRandom } from '../../../test/support/random.js';

const noFaults = { lost_answer: 0, lost_request: 0, spurious_conflict: 0 };

async function bench(faults = noFaults) {
  const memory = new MemoryEventStore({ streamsPerFamily, nowMs: () => Date.now() });
  const dice = seededRandom('blocking');
  const random = () => dice.integer(1_000) / 1_000;
  const store = new FaultyEventStore(memory, faults, random);
  const { service, ask, told } = handlerOn(store);
  const [ann, bob] = [person(), person()];
  for (const [index, one] of [ann, bob].entries()) {
    const profile = { phone_hash: String(index).repeat(64), display_name: 'A' };
    resultOf(await handlerOn(memory).ask(one, 'account.register', profile));
  }
  const chat = directChatOf(service, ann, bob);
  return { memory, store, random, service, ask, told, ann, bob, chat };
}

const make = (chat: Asking, other: Identity): Promise<Reply> =>
  chat
    .all(['chats.create', { kind: 'direct', member_ids: [other.user_id], client_request_id: uuidV7() }])
    .then(([reply]) => reply!);

const eventsOf = async (store: EventStore) =>
  (await storedDecisions(store, 'CHAT_0')).flatMap(({ decision }: { decision: ChatDecision }) =>
    decision.events.map((event) => ({ ...event, actor: decision.meta.actor.user_id })),
  );

test('what is acknowledged, the chat refuses, for both and until it is taken back', async () => {
  const { memory, service, ask, told, ann, bob, chat } = await bench();
  resultOf(await make(chat, bob));
  resultOf(await as(chat, bob).send('hello'));
  resultOf(await ask(ann, 'users.block', { user_id: bob.user_id }));
  resultOf(await ask(ann, 'users.block', { user_id: bob.user_id }));
  expect(codeOf(await as(chat, bob).send('x'))).toBe('BLOCKED');
  expect(codeOf(await as(chat, ann).send('x'))).toBe('BLOCKED');
  expect(
    codeOf(await as(chat, bob).ask('messages.edit', { seq: 1, content: { type: 'text', text: 'y' } })),
  ).toBe('BLOCKED');
  // Who types is told nothing, and nobody is told of it.
  const typed = await as(chat, bob).ask('typing.set', { action: 'typing' });
  expect([resultOf(typed), told]).toEqual([{}, []]);
  // The chat that is there is shown to both, as it was.
  resultOf(await make(as(chat, bob), ann));
  resultOf(await ask(ann, 'users.unblock', { user_id: bob.user_id }));
  expect(resultOf(await as(chat, bob, service).send('x'))).toMatchObject({ seq: 2 });
  const changes = (await eventsOf(memory)).filter(({ type }) => type === 'DirectBlocked');
  expect(changes.map(({ data, actor }) => [data, actor])).toEqual([
    [{ by: ann.user_id, blocked: true, change: 1 }, ann.user_id],
    [{ by: ann.user_id, blocked: false, change: 2 }, ann.user_id],
  ]);
});

test('there is no chat to be made, from either side; one that never was needs no unblocking', async () => {
  const { memory, ask, ann, bob, chat } = await bench();
  resultOf(await ask(ann, 'users.block', { user_id: bob.user_id }));
  expect(codeOf(await make(chat, bob))).toBe('BLOCKED');
  expect(codeOf(await make(as(chat, bob), ann))).toBe('BLOCKED');
  resultOf(await ask(ann, 'users.unblock', { user_id: bob.user_id }));
  expect(await eventsOf(memory)).toEqual([]);
  resultOf(await make(as(chat, bob), ann));
});

test('oneself and people who do not exist are not blocked', async () => {
  const { ask, ann } = await bench();
  expect(codeOf(await ask(ann, 'users.block', { user_id: ann.user_id }))).toBe('FORBIDDEN');
  const nobody = `dead${person().user_id.slice(4)}`;
  expect(codeOf(await ask(ann, 'users.block', { user_id: nobody }))).toBe('NOT_FOUND');
  expect(codeOf(await ask(person(), 'users.unblock', { user_id: ann.user_id }))).toBe('NOT_FOUND');
});

test('a key that is used again does nothing, whatever came in between', async () => {
  const { ask, ann, bob, chat } = await bench();
  resultOf(await make(chat, bob));
  const key = uuidV7();
  const block = () => ask(ann, 'users.block', { user_id: bob.user_id, client_request_id: key });
  resultOf(await block());
  resultOf(await ask(ann, 'users.unblock', { user_id: bob.user_id }));
  resultOf(await block());
  resultOf(await as(chat, bob).send('still here'));
});

describe('a handler that is killed between the account and the chat', () => {
  test('leaves a block that whoever serves the chat next brings there, before anything else', async () => {
    const { memory, ann, bob, chat } = await bench();
    resultOf(await make(chat, bob));
    const dying = handlerOn(memory, { bringBlock: () => Promise.reject(new Error('killed')) });
    expect(codeOf(await dying.ask(ann, 'users.block', { user_id: bob.user_id }))).toBe('INTERNAL');
    const next = handlerOn(memory).service;
    const replies = await Promise.all(['x', 'y'].map((text) => as(chat, bob, next).send(text)));
    expect(replies.map(codeOf)).toEqual(['BLOCKED', 'BLOCKED']);
    const last = (await eventsOf(memory)).at(-1);
    expect(last).toMatchObject({ type: 'DirectBlocked', data: { by: ann.user_id, change: 1 }, actor: null });
  });

  test('leaves one that asking again brings there', async () => {
    const { memory, ask, ann, bob, chat } = await bench();
    resultOf(await make(chat, bob));
    resultOf(await as(chat, bob).send('hello'));
    const dying = handlerOn(memory, { bringBlock: () => Promise.reject(new Error('killed')) });
    await dying.ask(ann, 'users.block', { user_id: bob.user_id });
    resultOf(await ask(ann, 'users.block', { user_id: bob.user_id }));
    expect(codeOf(await as(chat, bob).send('x'))).toBe('BLOCKED');
  });

  test('while another makes the chat: the block is found there', async () => {
    const { memory, ann, bob, chat } = await bench();
    const [block] = await Promise.all([
      handlerOn(memory).ask(ann, 'users.block', { user_id: bob.user_id }),
      make(as(chat, bob), ann),
    ]);
    resultOf(block);
    const code = codeOf(await as(chat, bob).send('x'));
    expect(['BLOCKED', 'NOT_A_MEMBER']).toContain(code);
  });
});

// Seen failing: with the expected sequence taken for the present one in the store, the handler that does not know of the block
// yet stores the blocked one's message after it.
test('who is being blocked sends through another handler: nothing of theirs stands after the block', async () => {
  const { memory, ann, bob, chat } = await bench();
  resultOf(await make(chat, bob));
  const other = handlerOn(memory).service;
  for (let round = 0; round < 8; round++) {
    resultOf(await as(chat, bob, other).send('before'));
    const block = handlerOn(memory).ask(ann, 'users.block', { user_id: bob.user_id });
    const codes: (string | undefined)[] = [];
    while (!codes.includes('BLOCKED')) {
      codes.push(
        ...(await Promise.all(['x', 'y'].map((text) => as(chat, bob, other).send(text)))).map(codeOf),
      );
    }
    resultOf(await block);
    expect(codes.every((code) => code === undefined || code === 'BLOCKED')).toBe(true);
    const events = await eventsOf(memory);
    const blockedAt = events.findLastIndex(({ type }) => type === 'DirectBlocked');
    expect(events.slice(blockedAt + 1)).toEqual([]);
    resultOf(await handlerOn(memory).ask(ann, 'users.unblock', { user_id: bob.user_id }));
  }
});

test('whatever answers are lost, the chat says in the end what the accounts say', async () => {
  const { memory, store, random, ann, bob, chat } = await bench({
    ...noFaults,
    lost_answer: 0.2,
    lost_request: 0.2,
  });
  const calm = handlerOn(memory);
  resultOf(await make(as(chat, ann, calm.service), bob));
  const asked: Promise<Reply>[] = [];
  for (let round = 0; round < 25; round++) {
    const { ask } = handlerOn(store);
    const [who, whom] = random() < 0.5 ? [ann, bob] : [bob, ann];
    const method = random() < 0.5 ? 'users.block' : 'users.unblock';
    const asking = ask(who, method, { user_id: whom.user_id });
    asked.push(asking);
    if (random() < 0.5) await asking;
  }
  await Promise.all(asked);
  const blocks = await Promise.all(
    [ann, bob].map(async (who) => {
      const [mine] = (await storedDecisions(memory, 'ACCOUNT_0'))
        .filter(({ subject }) => subject.endsWith(who.user_id))
        .slice(-1);
      return (
        (mine!.decision.state as unknown as { blocks: { user_ids: string[] } }).blocks.user_ids.length > 0
      );
    }),
  );
  const code = codeOf(await as(chat, bob, handlerOn(memory).service).send('x'));
  expect(code === 'BLOCKED').toBe(blocks.includes(true));
  expect(store.happened.lost_answer).toBeGreaterThan(0);
});
