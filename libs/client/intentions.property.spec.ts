import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { MessageView } from '#domain/user-log/update.js';
import type { OdnixClient } from './client.js';
import { MemoryStore } from './local-store.js';
import type { OdnixError } from './odnix-error.js';
import type { ShownMessage } from './shown-message.js';
import { life, reborn, tinyWorld, within } from './testing/client-life.js';
import { chat_id, refused_word, type TinyServer } from './testing/tiny-server.js';

/** A message as its writer means it: every text that it was to have, in order. */
interface Meant {
  readonly id: string;
  readonly texts: string[];
  emoji: string | null;
  isDeleted: boolean;
}

const operation = fc.record({
  what: fc.constantFrom('send', 'send', 'edit', 'edit', 'react', 'react', 'delete', 'die'),
  whom: fc.nat(),
  isRefused: fc.integer({ min: 0, max: 9 }).map((one) => one === 0),
  emoji: fc.constantFrom('👍', '❤️', null),
  thenMs: fc.constantFrom(0, 0, 30, 300, 5_000),
});
const chance = (max: number) => fc.double({ min: 0, max, noNaN: true });
const worlds = fc.record({
  random: fc.integer(),
  operations: fc.array(operation, { minLength: 1, maxLength: 30 }),
  lost: chance(0.1),
  busy: chance(0.3),
  unpushed: chance(0.3),
});
type World = typeof worlds extends fc.Arbitrary<infer T> ? T : never;

/**
 * Broken on purpose to see it fail: an answered message dropped before the log brings it (missing), the log's message
 * shown beside the outbox's (twice), a change carried out before its message (refused), edits in place of messages that
 * may have been sent (mismatch), a new key for a retry (twice), the outbox's order not restored (order), a refused
 * message dropped (missing), the records of landed items removed before the log is stored (missing after a restart).
 *
 * Seeds that found something, with 6,000 worlds each: 1651578655 (a reaction taken for one that the log shows, before an
 * earlier one was in it), 1253049771 (one that was changed in place), 1472133475, 42587309 (a change whose message the
 * stored log did not have yet when the client was started again).
 */
test('at every moment the writer sees what was meant, and in the end so does the server, once and in order', async () => {
  const seed = Number(process.env['ODNIX_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`intentions: ODNIX_SEED=${seed}`);
  await fc.assert(fc.asyncProperty(worlds, runWorld), { numRuns: 40, seed });
}, 60_000);

async function runWorld({ random, operations, lost, busy, unpushed }: World): Promise<void> {
  const { environment, server } = tinyWorld(random, { lost, busy, unpushed });
  const store = new MemoryStore();
  let device = await life(environment, store);
  const meant: Meant[] = [];
  for (const [index, { what, whom, isRefused, emoji, thenMs }] of operations.entries()) {
    const text = `${isRefused ? refused_word : 'text'} ${index}`;
    const one = meant[whom % Math.max(1, meant.length)];
    if (what === 'send') meant.push(await within(environment, sent(device.client, text)));
    else if (what === 'die') device = await reborn(device, environment, store);
    else if (one)
      await within(environment, changed(device.client, one, what, what === 'edit' ? text : emoji));
    expectSeen(device.client, meant);
    await environment.pass(environment.random() * thenMs);
    expectSeen(device.client, meant);
  }
  Object.assign(server.faults, { lost: 0, busy: 0, unpushed: 0 });
  await environment.pass(100_000);
  device = await reborn(device, environment, store);
  expectSeen(device.client, meant);
  await environment.pass(60_000);
  expectSeen(device.client, meant);
  expect([device.client.outboxSize, device.seen]).toEqual([0, []]);
  expectDone(server, device.client, meant);
  const other = await life(environment, new MemoryStore());
  await environment.pass(60_000);
  expect(other.client.messages(chat_id)).toEqual(
    device.client.messages(chat_id).filter(({ seq }) => seq !== null),
  );
}

async function sent(client: OdnixClient, text: string): Promise<Meant> {
  const { client_msg_id } = await client.send(chat_id, text);
  return { id: client_msg_id, texts: [text], emoji: null, isDeleted: false };
}

async function changed(client: OdnixClient, one: Meant, what: string, value: string | null): Promise<void> {
  const shown = () => client.messages(chat_id).find(({ client_msg_id }) => client_msg_id === one.id);
  const target = shown() ?? { client_msg_id: one.id };
  try {
    if (what === 'edit') await client.edit(chat_id, target, value!);
    if (what === 'react') await client.react(chat_id, target, value);
    if (what === 'delete') await client.delete(chat_id, target);
  } catch (error) {
    const { code } = error as OdnixError;
    const isRight = code === 'NOT_SENT' ? shown()?.tick === 'failed' : one.isDeleted;
    expect([code, isRight]).toEqual([expect.stringMatching(/NOT_SENT|MESSAGE_DELETED|NOT_FOUND/), true]);
    return;
  }
  if (what === 'edit') one.texts.push(value!);
  if (what === 'react') one.emoji = value;
  if (what === 'delete') one.isDeleted = true;
}

/** What is wrong with what the writer sees: every message once, as it was meant last, unless that was refused. */
function expectSeen(client: OdnixClient, meant: readonly Meant[]): void {
  const all = client.messages(chat_id);
  const byId = new Map(all.map((shown) => [shown.client_msg_id, shown]));
  const seqs = all.map(({ seq }) => seq ?? Infinity);
  const wrong = meant.flatMap((one) => wrongIn(byId.get(one.id), one));
  if (byId.size !== all.length) wrong.push('one is there twice');
  if (seqs.some((seq, index) => seq < (seqs[index - 1] ?? 0))) wrong.push('out of order');
  expect(wrong).toEqual([]);
}

function wrongIn(shown: ShownMessage | undefined, one: Meant): string[] {
  if (one.isDeleted) return (shown?.is_deleted ?? true) ? [] : [`deleted: ${textOf(shown)}`];
  if (!shown || shown.is_deleted) return [`missing: ${one.texts.join()}`];
  return [
    ...(isMeant(textOf(shown), one) ? [] : [`${one.texts.join()} is ${textOf(shown)}`]),
    ...(shown.tick === 'failed' || isReaction(shown, one)
      ? []
      : [`${one.texts.join()} has not ${one.emoji}`]),
  ];
}

function isMeant(text: string, { texts }: Meant): boolean {
  const last = texts.at(-1)!;
  return last.startsWith(refused_word) ? texts.includes(text) : text === last;
}

const isReaction = ({ reactions }: Pick<MessageView, 'reactions'>, { emoji }: Meant): boolean =>
  reactions.length === Number(emoji !== null) && (reactions[0]?.emoji ?? null) === emoji;

/** The server has what was meant and not refused, in the order in which it was written, and was told of it once. */
function expectDone(server: TinyServer, client: OdnixClient, meant: readonly Meant[]): void {
  const ids = server.messages.map(({ client_msg_id }) => client_msg_id);
  expect(ids).toEqual(meant.map(({ id }) => id).filter((id) => ids.includes(id)));
  const failed = client.messages(chat_id).filter(({ tick }) => tick === 'failed');
  const failedIds = new Set(failed.map(({ client_msg_id }) => client_msg_id));
  for (const one of meant) {
    const message = server.messages[ids.indexOf(one.id)];
    expect([failedIds.has(one.id), message?.deleted ?? false]).toEqual([
      message === undefined && !one.isDeleted,
      message !== undefined && one.isDeleted,
    ]);
    if (!message) expect(one.isDeleted || one.texts.some((text) => text.startsWith(refused_word))).toBe(true);
    else if (!one.isDeleted)
      expect([isMeant(textOf(message), one), isReaction(message, one)]).toEqual([true, true]);
  }
  const texts = server.log.flatMap(({ update }) => ('message' in update ? [textOf(update.message)] : []));
  expect(new Set(texts).size).toBe(texts.length);
}

const textOf = (message: Pick<ShownMessage, 'content'> | undefined): string =>
  message?.content?.type === 'text' ? message.content.text : '';
