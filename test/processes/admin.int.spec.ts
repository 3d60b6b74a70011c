/** The operator's command line, on three NATS servers that are only just starting. */
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectNats } from '#streams/connection.js';
import { launchApp } from '../support/app-process.js';
import { launchNatsCluster, type TestNatsCluster } from '../support/nats-cluster.js';
import { freshDatabase, type TestDatabase } from '../support/servers.js';

let cluster: TestNatsCluster;
let database: TestDatabase;
let env: Record<string, string>;
let nc: NatsConnection;
let jsm: JetStreamManager;

beforeAll(async () => {
  database = await freshDatabase();
  cluster = await launchNatsCluster();
  env = { NATS_URL: cluster.urls.join(','), DATABASE_URL: database.url, STREAMS_PER_FAMILY: '1' };
});
afterAll(async () => {
  await nc?.close();
  await Promise.all([cluster?.stop(), database?.drop()]);
});

async function admin(args: string[], more: Record<string, string> = {}) {
  const command = launchApp('admin', { ...env, ...more }, args);
  return { code: await command.exited, output: command.output() };
}

test('setup waits for servers that are still meeting; run again it changes nothing, and keeps the replicas', async () => {
  const first = await admin(['setup', '--replicas', '3']);
  expect(first, first.output).toMatchObject({ code: 0 });
  expect(first.output).toContain(
    'created CHAT_0, RECEIPT_0, ACCOUNT_0, USER_0, WORK, ADMIN, ERASED, REFUSED, KV_LEASES',
  );
  expect(first.output).toContain('Tables: migrated by 0001-');
  nc = await connectNats(cluster.urls[0]!);
  jsm = await jetstreamManager(nc);
  expect((await jsm.streams.info('CHAT_0')).config.num_replicas).toBe(3);
  const second = await admin(['setup']);
  expect(second.output.trim().split('\n')).toEqual([
    'Streams (1 a family, 3 replicas): as they should be',
    'Tables: as they should be',
    'Roles: as they should be',
  ]);
});

test('drift is shown, a line each, with exit code 1; setup puts right what may be', async () => {
  expect(await admin(['streams', 'drift'])).toMatchObject({ code: 0 });
  const { config } = await jsm.streams.info('USER_0');
  await jsm.streams.update('USER_0', { ...config, allow_direct: false });
  const drifted = await admin(['streams', 'drift']);
  expect(drifted).toEqual({ code: 1, output: 'USER_0.allow_direct is false, expected true\n' });
  expect((await admin(['setup'])).output).toContain('updated USER_0');
  expect(await admin(['streams', 'drift'])).toMatchObject({ code: 0 });
});

test('another spread is refused, and nothing is changed', async () => {
  const refused = await admin(['setup'], { STREAMS_PER_FAMILY: '2' });
  expect(refused.code).toBe(2);
  expect(refused.output).toContain('STREAMS_PER_FAMILY: expected 1,');
  expect(await admin(['streams', 'drift'])).toMatchObject({ code: 0 });
});

test.each([[['setup', '--replicas', 'many']], [['streams', 'lose']]])(
  'what it does not know is refused with exit code 2: %s',
  async (args) => {
    const { code, output } = await admin(args);
    expect([code, output]).toEqual([2, expect.stringMatching(/npm run admin -- (streams|setup) --help/)]);
  },
);
