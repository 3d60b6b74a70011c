/**
 * A device is signed out by an operator, or by its user, by the real command path. Seen failing with gateways not told, of one or
 * of all others; with new devices signing out older ones; and with the wrong reason.
 */
import type { NatsConnection } from '@nats-io/nats-core';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Ask, replied } from '#edge/ask.js';
import { deriveSecrets } from '#edge/secrets.js';
import { applyTopology } from '#streams/apply-topology.js';
import { connectNats } from '#streams/connection.js';
import { NatsEventStore } from '#streams/nats-event-store.js';
import type { DevicesRevoked } from '#streams/devices-revoked.js';
import { accountSubject, devicesRevokedSubject } from '#streams/subjects.js';
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
    await database.db
      .insertInto('ops.refresh_tokens')
      .values({ device_id, user_id: user, family_hash: device_id, token_hash: 'h' })
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
  expect(await revoke(phone)).toMatchObject({ was_signed_in: true, refresh_tokens_deleted: 1 });
  const { sequence, decision } = await head();
  expect(decision.events).toMatchObject([
    { type: 'DeviceRevoked', data: { user_id: user, device_id: phone, reason: 'revoked' } },
  ]);
  expect((await devices()).map(({ device_id }) => device_id)).toEqual([laptop]);
  expect([await tokensOf(phone), await tokensOf(laptop)]).toEqual([0, 1]);

  expect(await revoke(phone)).toMatchObject({ was_signed_in: false, refresh_tokens_deleted: 0 });
  expect((await head()).sequence).toBe(sequence);
  await expect(revoke(randomUUID())).rejects.toThrow('never had a device');
  await expect(revoke(laptop, randomUUID())).rejects.toThrow('there is no account');
  expect(await tokensOf(laptop)).toBe(1);
});

it('users sign out their own devices alone, again and again to the same end; gateways are told', async () => {
  const told: DevicesRevoked[] = [];
  nc.subscribe(devicesRevokedSubject, { callback: (_, message) => void told.push(message.json()) });
  const [stranger, theirs] = [randomUUID(), randomUUID()];
  const as = async (user_id: string, device_id: string, method: string, params: object) => {
    const asked = { command_id: randomUUID(), method, params: { ...params } };
    const [reply] = await ask.commands('account', { user_id, device_id }, user_id, [asked]);
    return replied(reply!);
  };
  await as(stranger, theirs, 'account.register', { phone_hash: 'b'.repeat(64), display_name: 'Eve' });
  await as(stranger, theirs, 'account.addDevice', { device_id: theirs, name: 'x', type: 'web' });
  const { sequence } = await head();
  // A device of somebody else's account is nobody's here.
  await as(stranger, theirs, 'devices.revoke', { device_id: laptop });
  await as(stranger, theirs, 'devices.revoke', { others: true });
  expect((await head()).sequence).toBe(sequence);

  const tablet = randomUUID();
  await as(user, laptop, 'account.addDevice', { device_id: tablet, name: 'tablet', type: 'mobile' });
  for (const params of [{ device_id: laptop }, { others: true }])
    await expect(as(user, tablet, 'devices.revoke', params)).rejects.toMatchObject({
      message: 'DEVICE_TOO_NEW',
      error: { details: { allowed_at_ms: expect.any(Number) } },
    });
  await as(user, laptop, 'devices.revoke', { others: true });
  await as(user, laptop, 'devices.revoke', { others: true });
  expect((await devices()).map(({ device_id }) => device_id)).toEqual([laptop]);
  await expect(as(user, tablet, 'devices.revoke', { device_id: laptop })).rejects.toThrow('DEVICE_REVOKED');
  await as(user, laptop, 'devices.revoke', { device_id: laptop });
  expect((await head()).decision.events).toMatchObject([
    { data: { device_id: laptop, reason: 'signed_out' } },
  ]);
  await expect
    .poll(() => told.filter(({ user_id }) => user_id === user))
    .toEqual([
      { user_id: user, device_ids: [tablet], reason: 'revoked' },
      { user_id: user, device_ids: [laptop], reason: 'signed_out' },
    ]);
});
