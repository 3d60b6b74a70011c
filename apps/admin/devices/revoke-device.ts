/**
 * Signs a device out on its owner's behalf, by the same command as signing out itself: its connections close within a second,
 * and what it may have kept of tokens opens nothing any more.
 */
import type { NatsConnection } from '@nats-io/nats-core';
import { v7 as uuidV7 } from 'uuid';
import { Ask, replied } from '#edge/ask.js';
import { Refusal } from '#protocol/refusal.js';
import { OperationRefused, type AdminContext, type Operation } from '../operation.js';
import { everHad, idParameter, signedInDevices } from './account.js';

export interface RevokeParams {
  readonly user: string;
  readonly device: string;
}

export interface DeviceRevoked {
  readonly user_id: string;
  readonly device_id: string;
  /** False: it was signed out before. */
  readonly was_signed_in: boolean;
  readonly refresh_tokens_deleted: number;
}

export const devicesRevokeOperation: Operation<RevokeParams, DeviceRevoked> = {
  name: 'devices revoke',
  summary:
    "Signs a device out: its connections close, its tokens are worth nothing. It is told to the user's other devices.",
  help: 'Repeated it changes nothing more. The user may sign in again on the same device, with a new code.',
  examples: [
    [
      'npm run admin -- devices revoke --user <id> --device <id> --reason "stolen, ticket 4711"',
      'a device was lost',
    ],
  ],
  role: 'operator',
  parameters: [idParameter('user', 'whose device'), idParameter('device', 'as devices list shows it')],
  run: revokeDevice,
  print: ({ device_id, was_signed_in, refresh_tokens_deleted }) => [
    was_signed_in ? `${device_id} is signed out` : `${device_id} was signed out before`,
    `${refresh_tokens_deleted} refresh tokens deleted`,
  ],
};

async function revokeDevice(context: AdminContext, { user, device }: RevokeParams): Promise<DeviceRevoked> {
  const devices = await signedInDevices(context, user);
  const was_signed_in = devices.some(({ device_id }) => device_id === device);
  if (!was_signed_in && !(await everHad(context, user, device)))
    throw new OperationRefused(`device: ${user} never had a device ${device}`);
  if (was_signed_in) await askToRevoke(context, user, device);
  // After the event, as when somebody signs out: also of one that was interrupted between the two.
  const deleted = await context.db
    .deleteFrom('ops.refresh_tokens')
    .where('device_id', '=', device)
    .where('user_id', '=', user)
    .executeTakeFirst();
  const refresh_tokens_deleted = Number(deleted.numDeletedRows);
  return { user_id: user, device_id: device, was_signed_in, refresh_tokens_deleted };
}

/** As the device itself: a command has an identity, and which person had it done is told in ADMIN. */
async function askToRevoke({ nats }: AdminContext, user_id: string, device_id: string): Promise<void> {
  const params = { device_id, reason: 'revoked' };
  const command = { command_id: uuidV7(), method: 'account.revokeDevice', params };
  const [reply] = await askOver(nats).commands('account', { user_id, device_id }, user_id, [command]);
  try {
    replied(reply!);
  } catch (error) {
    if (error instanceof Refusal && error.message === 'UNAVAILABLE')
      throw new OperationRefused(
        'No command handler answered, so it is not known whether the device is signed out: run it again.',
        { cause: error },
      );
    throw error;
  }
}

/** It listens for as long as its connection lives, so a process that stays has one. */
const asks = new WeakMap<NatsConnection, Ask>();

function askOver(nats: NatsConnection): Ask {
  const ask = asks.get(nats) ?? new Ask(nats);
  asks.set(nats, ask);
  return ask;
}
