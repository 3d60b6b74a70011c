/** A device is signed out by an operator, by the real command path. */
import type { NatsConnection } from '@nats-io/nats-core';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Ask, replied } from '#edge/ask.js';
import { deriveSecrets } from '#edge/secrets.js';
import { applyTopology } from '#streams/apply-topology.js';
import { connectNats } from '#streams/connection.js';
import { NatsEventStore } from '#streams/nats-event-store.js';
import { accountSubject } from '#streams/subjects.js';
import { adminContext, type HeardContext } from '../support/admin-context.js';
import { migratedDatabase, type MigratedDatabase } from '../support/migrated-database.js';
import { startNats, type TestNats } from '../support/servers.js';
import {
  startCommandHandler,
  type RunningCommandHandler,
} from '../../apps/command-handler/start-command-handler.js';
import { devicesListOperation } from '../../apps/admin/devices/list-devices.js';
import { devicesRevokeOperation } from '../../apps/admin/devices/revoke-device.js';

let nats: TestNats;
let nc: NatsConnection;
let database: MigratedDatabase;
let handler: RunningCommandHandler;
let context: HeardContext;
const secrets = deriveSecrets(new Uint8Array(32).fill(9));
let ask: Ask;
const [user, phone, laptop] = [randomUUID(), randomUUID(), randomUUID()];

beforeAll(async () => {
  [nats, database] = await Promise.all([startNats({ fsync: false }), migratedDatabase()]);
  nc = await connectNats(nats.url);
  await applyTopology(nc, { streamsPerFamily: 1, replicas: 1 });
  const urls = { natsUrl: nats.url, databaseUrl: database.url };
  handler = await startCommandHandler({ ...urls, streamsPerFamily: 1, secrets });
  context = adminContext(nc, database);
  ask = new Ask(nc);
  await command('account.register', { phone_hash: 'a'.repeat(64), display_name: 'Ann' });
  for (const device_id of [phone, laptop]) {
    await command('account.addDevice', {
      device_id,
      name: `\u001b[2J${device_id === phone}`,
      type: 'mobile',
    });
    for (const token_hash of [`${device_id} 1`, `${device_id} 2`])
      await database.db
        .insertInto('ops.refresh_tokens')
        .values({ token_hash, user_id: user, device_id, expires_at: new Date('2999-01-01') })
        .execute();
  }
});
afterAll(async () => {
  await handler?.stop();
  await nc?.close();
  await Promise.all([nats?.stop(), database?.drop()]);
});

async function command(method: string, params: object): Promise<void> {
  const asked = { command_id: randomUUID(), method, params: { ...params } };
  const [reply] = await ask.commands('account', { user_id: user, device_id: phone }, user, [asked]);
  replied(reply!);
}

const tokensOf = async (device: string) =>
  (await database.db.selectFrom('ops.refresh_tokens').selectAll().where('device_id', '=', device).execute())
    .length;
const head = async () =>
  (await new NatsEventStore(nc, { streamsPerFamily: 1 }).load(accountSubject(user), { fresh: true }))!.head;
const devices = async () => (await devicesListOperation.run(context, { user })).devices;

it('lists the devices, with how far each has stored the log', async () => {
  await database.db
    .insertInto('device_cursors_v1.device_cursors')
    .values({ user_id: user, device_id: phone, pts: 7, moved_at_ms: 9_000 })
    .execute();
  expect((await devices()).map(({ device_id, pts }) => [device_id, pts])).toEqual([
    [phone, 7],
    [laptop, null],
  ]);
  const printed = devicesListOperation.print({ user_id: user, devices: await devices() }).join('\n');
  expect(printed).toContain(laptop);
  expect(printed).not.toContain('\u001b');
  await expect(devicesListOperation.run(context, { user: phone })).rejects.toThrow('there is no account');
});

it('signs out that device and no other; repeated it changes nothing more', async () => {
  const revoke = (device: string, of = user) => devicesRevokeOperation.run(context, { user: of, device });
  expect(await revoke(phone)).toMatchObject({ was_signed_in: true, refresh_tokens_deleted: 2 });
  const { sequence, decision } = await head();
  expect(decision.events).toMatchObject([
    { type: 'DeviceRevoked', data: { user_id: user, device_id: phone, reason: 'revoked' } },
  ]);
  expect((await devices()).map(({ device_id }) => device_id)).toEqual([laptop]);
  expect([await tokensOf(phone), await tokensOf(laptop)]).toEqual([0, 2]);

  expect(await revoke(phone)).toMatchObject({ was_signed_in: false, refresh_tokens_deleted: 0 });
  expect((await head()).sequence).toBe(sequence);
  await expect(revoke(randomUUID())).rejects.toThrow('never had a device');
  await expect(revoke(laptop, randomUUID())).rejects.toThrow('there is no account');
  expect(await tokensOf(laptop)).toBe(2);
});
