/**
 * What an operator can do about jobs that were given up, and about read models that rest. Seen failing with a retry of those too
 * that died meanwhile, with a letter's message shown, with the newest discarded instead of the oldest, with age alone looked at,
 * and with the letter kept after its retry.
 */
import type { NatsConnection } from '@nats-io/nats-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listHolds } from '#db/holds.js';
import { applyTopology } from '#streams/apply-topology.js';
import { connectNats } from '#streams/connection.js';
import { publishOne } from '#streams/publish-one.js';
import { adminContext, type HeardContext } from '../../../test/support/admin-context.js';
import { migratedDatabase, type MigratedDatabase } from '../../../test/support/migrated-database.js';
import { startNats, type TestNats } from '../../../test/support/servers.js';
import { listActionsOperation } from '../actions/list-actions.js';
import { OperationRefused } from '../operation.js';
import { pauseOperation, resumeOperation } from '../projections/pause-resume.js';
import { discardDeadLetterOperation } from './discard-dead-letter.js';
import { expireDeadLettersOperation } from './expire-dead-letters.js';
import { startHourlyExpiry } from './hourly-expiry.js';
import { listDeadLettersOperation } from './list-dead-letters.js';
import { retryDeadLettersOperation } from './retry-dead-letters.js';
import { showDeadLetterOperation } from './show-dead-letter.js';

let nats: TestNats;
let nc: NatsConnection;
let database: MigratedDatabase;
let context: HeardContext;

beforeAll(async () => {
  [nats, database] = await Promise.all([startNats({ fsync: false }), migratedDatabase()]);
  nc = await connectNats(nats.url);
  await applyTopology(nc, { streamsPerFamily: 1, replicas: 1 });
  context = adminContext(nc, database);
});
afterAll(async () => {
  await nc?.close();
  await nats?.stop();
  await database?.drop();
});

async function bury(kind: string, key: string, diedAtMs = 1): Promise<void> {
  const message = {
    format: 1,
    job_id: key,
    round: 0,
    attempt: 3,
    enqueued_at_ms: 1,
    first_failed_at_ms: 1,
    traceparent: '00',
    payload: { secret: 'a secret' },
  };
  const letter = {
    format: 1,
    job_id: key,
    round: 0,
    reason: 'TypeError',
    attempts: 3,
    first_failed_at_ms: 1,
    died_at_ms: diedAtMs,
    traceparent: '00',
    message: Buffer.from(JSON.stringify(message)).toString('base64'),
  };
  await publishOne(nc, {
    subject: `dead.${kind}.${key}`,
    data: new TextEncoder().encode(JSON.stringify(letter)),
  });
}

it('lists by pages and kinds, shows one without what it carried, retries and discards', async () => {
  for (const key of ['a', 'b', 'c']) await bury('push', key);
  await bury('mail', 'd');
  await bury('mail', 'later', Date.now() + 3_600_000);
  const first = await listDeadLettersOperation.run(context, { limit: 2 });
  expect(first.letters.map(({ key }) => key)).toEqual(['a', 'b']);
  const second = await listDeadLettersOperation.run(context, { after: first.next_after! });
  expect(second.letters.map(({ key }) => key)).toEqual(['c', 'd', 'later']);
  expect(second.next_after).toBeNull();
  const id = first.letters[0]!.id;
  const shown = await showDeadLetterOperation.run(context, { id });
  expect(shown).toMatchObject({ kind: 'push', key: 'a', reason: 'TypeError', attempts: 3 });
  expect(Buffer.from(JSON.stringify([shown, first])).toString()).not.toMatch(/secret|bWVzc2FnZ|c2VjcmV0/);
  await discardDeadLetterOperation.run(context, { id });
  await expect(showDeadLetterOperation.run(context, { id })).rejects.toThrow(OperationRefused);
  expect(await retryDeadLettersOperation.run(context, { kind: 'push' })).toEqual({ retried: 2 });
  expect(await retryDeadLettersOperation.run(context, { all: true })).toEqual({ retried: 1 });
  const left = await listDeadLettersOperation.run(context, {});
  expect(left.letters.map(({ key }) => key)).toEqual(['later']);
});

it('pauses and resumes a read model, or one stream of it', async () => {
  const given = { projection: 'chats', stream: 'CHAT_0' };
  await pauseOperation.run(context, given);
  await pauseOperation.run(context, given);
  const place = { schema: 'chats_v1', stream: 'CHAT_0' };
  expect(await listHolds(database.db)).toMatchObject([{ ...place, state: 'paused', reason: 'a test' }]);
  const elsewhere = { projection: 'chats', stream: 'USER_0' };
  await expect(pauseOperation.run(context, elsewhere)).rejects.toThrow('CHAT_0');
  expect(await resumeOperation.run(context, { projection: 'chats' })).toMatchObject({ streams: [place] });
  expect(await resumeOperation.run(context, { projection: 'chats' })).toMatchObject({ streams: [] });
});

it('what is too old or too many is discarded, the oldest first, each named', async () => {
  const keys = async () => (await listDeadLettersOperation.run(context, {})).letters.map(({ key }) => key);
  for (const key of await keys()) expect(key).not.toContain('old');
  const before = await keys();
  await expireDeadLettersOperation.run(context, { keep: 1 });
  expect(await keys()).toEqual(before.slice(-1));
  for (const key of ['newer', 'newest']) await bury('push', key, Date.now());
  await expireDeadLettersOperation.run(context, { keep: 2 });
  expect(await keys()).toEqual(['newer', 'newest']);
  expect(context.lines.at(-1)).toMatch(
    new RegExp(`dead letter \\d+ is discarded: \\w+ ${before.at(-1)!}: TypeError`),
  );
  expect(await expireDeadLettersOperation.run(context, {})).toEqual({ discarded: 0, kinds: {} });
});

it('by itself: those that died three months ago go, which is kept as done by the system', async () => {
  await expireDeadLettersOperation.run(context, { keep: 1 });
  await retryDeadLettersOperation.run(context, { all: true });
  await bury('push', 'ancient', 1);
  await bury('push', 'young', Date.now());
  const expiry = startHourlyExpiry({ means: context, onFailed: (error) => context.say(String(error)) });
  const keys = async () => (await listDeadLettersOperation.run(context, {})).letters.map(({ key }) => key);
  await expect.poll(keys).toEqual(['young']);
  const actions = async () =>
    (await listActionsOperation.run(context, { operation: 'dead-letters expire' })).actions;
  await expect.poll(actions).toMatchObject([{ actor: { via: 'system' }, outcome: 'done' }]);
  await expiry.stop();
});
