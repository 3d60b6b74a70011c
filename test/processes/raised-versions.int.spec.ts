/**
 * A release that brings a new version of a read model meets a running installation of the release before: the old version is read
 * on while the new one is filled, whoever raises it is killed in the midst, it is verified and then read, and there is a way back.
 *
 * Seen failing: with a query handler that goes on taking requests when it does not know what is read; with a version begun again
 * though it was begun before; with builds not gone on with that another process has begun; with a projector that folds the newest
 * version alone; and in the second test without verifying, and with the difference not kept.
 */
import { randomUUID } from 'node:crypto';
import type { NatsConnection } from '@nats-io/nats-core';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listBuilds } from '#db/builds.js';
import { openDatabase } from '#db/database.js';
import { applyTopology } from '#streams/apply-topology.js';
import { connectNats } from '#streams/connection.js';
import { voidAllLeases } from '#streams/lease.js';
import { nothingSeen, type Reply } from '#streams/requests.js';
import { querySubject } from '#streams/subjects.js';
import { ActionLog } from '../../apps/admin/actions/action-log.js';
import type { ActionEvent } from '../../apps/admin/actions/action-event.js';
import { dropOldOperation } from '../../apps/admin/projections/drop-old.js';
import { dueVersions } from '../../apps/admin/projections/due-versions.js';
import { projectionsListOperation } from '../../apps/admin/projections/list-projections.js';
import { startRaisingVersions } from '../../apps/admin/projections/raise-versions.js';
import { rollbackOperation } from '../../apps/admin/projections/rollback.js';
import { startProjector } from '../../apps/projector/start-projector.js';
import { withAccountsV2, withWrongAccountsV2 } from '../support/accounts-v2.js';
import { adminContext } from '../support/admin-context.js';
import { healthOf, launchApp, launchNewer, readinessAt, type AppProcess } from '../support/app-process.js';
import { counter, registeredAs } from '../support/chat-history.js';
import { migratedDatabase, type MigratedDatabase } from '../support/migrated-database.js';
import { startNats, type TestNats } from '../support/servers.js';
import { storeRecords } from '../support/stored-history.js';

const patient = { timeout: 60_000, interval: 30 };
let nats: TestNats;
let nc: NatsConnection;
let database: MigratedDatabase;
const processes: AppProcess[] = [];
const nextSequence = counter();
const people: string[] = [];

const env = () => ({ NATS_URL: nats.url, DATABASE_URL: database.url, STREAMS_PER_FAMILY: '1' });
const kept = (one: AppProcess): AppProcess => {
  processes.push(one);
  return one;
};
const older = (app: 'projector' | 'query-handler') => kept(launchApp(app, env()));
const newer = (app: 'projector' | 'query-handler' | 'admin') => kept(launchNewer(app, env()));

async function register(count: number): Promise<void> {
  const ids = Array.from({ length: count }, () => randomUUID());
  await storeRecords(
    nc,
    ids.map((id) => registeredAs(id, id, nextSequence())),
  );
  people.push(...ids);
}

beforeAll(async () => {
  [nats, database] = await Promise.all([startNats({ fsync: false }), migratedDatabase()]);
  nc = await connectNats(nats.url);
  await applyTopology(nc, { streamsPerFamily: 1, replicas: 1 });
  await register(700);
});
afterAll(async () => {
  await Promise.all(processes.map((one) => one.kill()));
  await nc?.close();
  await nats?.stop();
  await database?.drop();
});

const statesOf = async (of = database): Promise<Record<string, string>> =>
  Object.fromEntries(
    (await listBuilds(of.db))
      .filter(({ projection }) => projection === 'accounts')
      .map(({ schema, state }) => [schema, state]),
  );
const state = (schema: string) => expect.poll(async () => (await statesOf())[schema], patient);
const foldedTo = async (schema: string): Promise<number> =>
  (
    await database.db
      .selectFrom('odnix.checkpoints')
      .select('sequence')
      .where('schema', '=', schema)
      .executeTakeFirst()
  )?.sequence ?? 0;

/** The version that answered, by how it shows a name; what was refused otherwise. */
async function versionShown(user_id: string): Promise<number | string> {
  const request = { identity: { user_id, device_id: randomUUID() }, params: { user_id }, seen: nothingSeen };
  const message = await nc.request(querySubject('users.get'), JSON.stringify(request), { timeout: 8_000 });
  const reply = message.json<Reply>();
  if ('error' in reply) return reply.error.code;
  const { display_name } = (reply.result as { user: { display_name: string } }).user;
  return display_name === `@${user_id}` ? 2 : display_name === user_id ? 1 : display_name;
}

async function actionsOf(operation: string): Promise<ActionEvent[]> {
  const events: ActionEvent[] = [];
  for await (const { event } of new ActionLog(nc).read())
    if (event.operation === operation) events.push(event);
  return events;
}
const outcomesOf = async (operation: string) =>
  (await actionsOf(operation)).flatMap((event) => (event.type === 'ActionEnded' ? [event.outcome] : []));

test('the old version is read until the new one is filled and verified, whoever is killed; and again after a rollback', async () => {
  const oldProjector = older('projector');
  const oldHandler = older('query-handler');
  await oldHandler.ready;
  await expect.poll(() => foldedTo('accounts_v1'), patient).toBe(people.length);

  // Begun; nobody is there yet that could fill it.
  const firstAdmin = newer('admin');
  await state('accounts_v2').toBe('filling');
  await firstAdmin.kill();
  await voidAllLeases(nc);

  const writing = new AbortController();
  const shown: (number | string)[] = [];
  const written = (async () => {
    while (!writing.signal.aborted) {
      await register(5);
      shown.push(await versionShown(people[0]!).catch(() => 'nobody answered'));
    }
  })();

  // Filled and verified, but not read: whoever switches waits for the lock, and is killed there.
  const holder = openDatabase({
    url: database.url,
    application: 'test',
    connections_max: 1,
    statement_ms_max: 60_000,
  });
  await sql`select pg_advisory_lock(hashtext('odnix builds'))`.execute(holder);
  newer('projector');
  const secondAdmin = newer('admin');
  const verifiedAt = async () =>
    (await listBuilds(database.db)).find(({ schema }) => schema === 'accounts_v2')?.verified_at;
  await expect.poll(verifiedAt, patient).toBeInstanceOf(Date);
  await secondAdmin.kill();
  await holder.destroy();
  await voidAllLeases(nc);
  expect(await statesOf()).toEqual({ accounts_v1: 'live', accounts_v2: 'filling' });
  expect([...new Set(shown)]).toEqual([1]);

  const newHandler = newer('query-handler');
  await newHandler.ready;
  await oldProjector.stop();
  newer('admin');
  newer('admin');
  await state('accounts_v2').toBe('live');
  writing.abort();
  await written;
  expect(shown.filter((one) => ![1, 2, 'UNAVAILABLE'].includes(one))).toEqual([]);
  const begun = await actionsOf('projections begin-version');
  expect(begun.filter(({ type }) => type === 'ActionBegun')).toHaveLength(1);
  const raised = await actionsOf('projections rebuild');
  expect(raised.filter(({ type }) => type === 'ActionBegun')).toHaveLength(2);
  expect(raised[0]).toMatchObject({
    actor: { name: 'system', via: 'system' },
    parameters: { projection: 'accounts' },
    reason: expect.stringMatching(/^version 2, which came with release \S+, has come up to what is read$/),
  });
  await expect.poll(() => outcomesOf('projections rebuild'), patient).toEqual(['done']);

  // The older code does not answer from what it does not know, and leaves requests to those who do.
  const oldHealth = await healthOf(oldHandler);
  await expect
    .poll(async () => (await readinessAt(oldHealth)).dependencies['readModels'], patient)
    .toMatchObject({
      status: 'down',
      detail: expect.stringContaining('accounts is read in version 2, which this release does not know'),
    });
  await expect.poll(() => oldHandler.output(), patient).toContain('requests are left to newer handlers');
  const answers = await Promise.all(people.slice(0, 40).map(versionShown));
  expect(answers.filter((one) => one !== 2)).toEqual([]);

  await register(1);
  const back = await rollbackOperation.run(adminContext(nc, database), { projection: 'accounts' });
  expect(back.schema).toBe('accounts_v1');
  await newHandler.stop();
  await expect.poll(async () => (await readinessAt(oldHealth)).status, patient).toBe(200);
  await expect.poll(() => versionShown(people.at(-1)!), patient).toBe(1);
  expect(await dueVersions(database.db, withAccountsV2.projections)).toEqual({
    toBegin: [],
    filling: [],
    differing: [],
  });
  await Promise.all(processes.map((one) => one.kill()));
  await voidAllLeases(nc);
}, 120_000);

test('a version that is not what the streams say is not read, is told of, and is not tried again by itself', async () => {
  const other = await migratedDatabase();
  const { url: databaseUrl, db } = other;
  const lines: string[] = [];
  const context = adminContext(nc, other);
  const raise = () =>
    startRaisingVersions({
      means: context,
      known: withWrongAccountsV2,
      release: 'release 0',
      log: (line) => lines.push(line),
      error: (line) => lines.push(`error: ${line}`),
    });
  const projector = await startProjector({
    natsUrl: nats.url,
    databaseUrl,
    streamsPerFamily: 1,
    projections: withWrongAccountsV2.projections,
  });
  const asked = () => actionsOf('projections begin-version');
  const [before, askedBefore] = [(await outcomesOf('projections rebuild')).length, (await asked()).length];
  const raising = raise();
  const again = raise();
  const different = () => lines.some((line) => line.startsWith('error: accounts: version 2 (accounts_v2)'));
  await expect.poll(different, patient).toBe(true);
  await Promise.all([raising.stop(), again.stop()]);
  expect((await asked()).slice(askedBefore).map(({ type }) => type)).toEqual(['ActionBegun', 'ActionEnded']);
  expect((await outcomesOf('projections rebuild')).slice(before)).toEqual(['refused']);
  expect(await statesOf(other)).toEqual({ accounts_v1: 'live', accounts_v2: 'filling' });
  const listed = projectionsListOperation.print(await projectionsListOperation.run(context, {}));
  expect(listed.find((line) => line.includes('accounts_v2'))).toContain('filling, DIFFERS');

  lines.length = 0;
  const next = raise();
  await expect.poll(different, patient).toBe(true);
  await next.stop();
  expect((await outcomesOf('projections rebuild')).slice(before)).toEqual(['refused']);

  await dropOldOperation.run(context, { build: 'accounts_v2' });
  const { toBegin } = await dueVersions(db, withWrongAccountsV2.projections);
  expect(toBegin).toEqual([]);
  await projector.stop();
  await other.drop();
}, 60_000);
