/**
 * Verify against the real projector, over real streams and tables. The bugs that it must find, written down before it
 * was tried on any of them; each is put into the projector, and verify has to name the rows:
 *
 * 1. `member_count` of a chat is not lowered when somebody is removed.
 * 2. An edit leaves the message at the version that it had before.
 * 3. A deletion leaves the reactions to the message, and its words in the log.
 * 4. A read mark of others goes one message less far than it says.
 * 5. An idempotency key that comes again leads to the later decision.
 * 6. A whole batch is left out, and the checkpoint moves all the same.
 */
import { randomUUID } from 'node:crypto';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { ChatEvent } from '#domain/chat/events.js';
import { chatsProjection } from '#projections/chats/projection.js';
import type { Projection } from '#projections/define-projection.js';
import { projections } from '#projections/registry.js';
import { applyTopology } from '#streams/apply-topology.js';
import { connectNats } from '#streams/connection.js';
import { publishOne } from '#streams/publish-one.js';
import { chatSubject } from '#streams/subjects.js';
import { migratedDatabase, type MigratedDatabase } from '../../../test/support/migrated-database.js';
import { seededRandom } from '../../../test/support/random.js';
import { startNats, type TestNats } from '../../../test/support/servers.js';
import { VerifiedHistory } from '../../../test/support/verified-history.js';
import { Runner } from '../../projector/runner.js';
import { startProjector } from '../../projector/start-projector.js';
import { Turns } from '../../projector/turns.js';
import { verifyOperation } from './verify-operation.js';
import { verifyTargets, type Verified } from './verify-targets.js';

const patient = { timeout: 20_000, interval: 20 };
const random = seededRandom('verify');
let nats: TestNats;
let nc: NatsConnection;
let database: MigratedDatabase;
let history: VerifiedHistory;

beforeAll(async () => {
  nats = await startNats({ fsync: false });
  nc = await connectNats(nats.url);
});
afterAll(async () => {
  await nc.close();
  await nats.stop();
});
beforeEach(async () => {
  database = await migratedDatabase();
  const jsm = await jetstreamManager(nc);
  for await (const { config } of jsm.streams.list()) await jsm.streams.delete(config.name);
  await applyTopology(nc, { streamsPerFamily: 1, replicas: 1 });
  history = new VerifiedHistory(nc, random);
});
afterEach(() => database.drop());

const context = () => ({
  nats: nc,
  databaseUrl: database.url,
  signal: new AbortController().signal,
  progress: () => undefined,
});
const verify = (...chosen: string[]): Promise<Verified> => verifyTargets(context(), { projections: chosen });

async function lastSequence(stream: string): Promise<number> {
  return (await (await jetstreamManager(nc)).streams.info(stream)).state.last_seq;
}

/** Into the first builds, until every stream is folded to its end. */
const fold = (...these: readonly Projection[]): Promise<unknown> =>
  Promise.all(these.map((projection) => foldInto(`${projection.name}_v1`, projection)));

async function foldInto(schema: string, projection: Projection): Promise<void> {
  const turns = new Turns(4);
  const context = { nats: nc, db: database.db, turns: () => turns };
  const stream = `${projection.family}_0`;
  const runner = new Runner(context, { schema, projection }, stream, () => undefined);
  const last = await lastSequence(stream);
  await expect.poll(() => runner.state, patient).toMatchObject({ status: 'running', sequence: last });
  await runner.stop();
}

async function everything(): Promise<void> {
  await history.storePeople();
  await history.goOn();
  await history.storePosition();
  await history.goOn();
}

const equal = { damage: { count: 0, first: [] } };
function expectEqual(verified: Verified): void {
  expect(verified).toMatchObject(equal);
  expect(verified.tables.flatMap(({ first }) => first)).toEqual([]);
  expect(verifyOperation.exitCode!(verified)).toBe(0);
}
const of = ({ tables }: Verified, name: string) => tables.find(({ table }) => table.endsWith(`.${name}`))!;
const leftSchemas = async () =>
  (await sql`select nspname from pg_namespace where nspname like 'verify%'`.execute(database.db)).rows;

it('the real projector: every table is equal, also after erasing what deletions cover', async () => {
  await everything();
  await fold(...projections);
  const verified = await verify();
  expectEqual(verified);
  expect(verified.tables.map(({ rows }) => rows > 0)).not.toContain(false);
  await eraseDeleted();
  expectEqual(await verify());
  expect(await leftSchemas()).toEqual([]);
});

/** As an erasure sweep does. */
async function eraseDeleted(): Promise<void> {
  const jsm = await jetstreamManager(nc);
  const { records } = history.lively.chat;
  const deleted = new Set<number>();
  for (const { events } of records)
    for (const event of events) if (event.type === 'Tombstoned') deleted.add(event.data.message.seq);
  const holdsText = (event: ChatEvent) =>
    (event.type === 'MessageSent' || event.type === 'MessageEdited') && deleted.has(event.data.message.seq);
  for (const { sequence, events } of records)
    if (events.some(holdsText)) await jsm.streams.deleteMessage('CHAT_0', sequence);
}
