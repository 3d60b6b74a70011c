import { readSnapshot } from '#db/snapshot.js';
import type { Device } from '#domain/account/events.js';
import type { DeviceCursorsSchema } from '#projections/device-cursors/projection.js';
import { moment, table } from '../table.js';
import type { AdminContext, Operation } from '../operation.js';
import { idParameter, signedInDevices } from './account.js';

export interface DeviceShown extends Device {
  /** How much of the user's log it has stored, as the read model knows; null: it never said. */
  readonly pts: number | null;
  readonly moved_at_ms: number | null;
}

export interface DevicesShown {
  readonly user_id: string;
  readonly devices: readonly DeviceShown[];
}

export const devicesListOperation: Operation<{ readonly user: string }, DevicesShown> = {
  name: 'devices list',
  summary: 'Shows the devices on which a user is signed in, and how much of the log each has stored.',
  examples: [
    ['npm run admin -- devices list --user <id>', 'which device lags behind, or is not known to its owner'],
  ],
  role: 'auditor',
  parameters: [idParameter('user', 'whose devices')],
  run: listDevices,
  print: ({ user_id, devices }) =>
    devices.length === 0
      ? [`${user_id} is signed in nowhere.`]
      : table(
          ['device', 'name', 'type', 'signed in', 'has up to pts', 'said so'],
          devices.map((one) => [
            one.device_id,
            one.name,
            one.type,
            moment(one.added_at_ms),
            one.pts,
            moment(one.moved_at_ms),
          ]),
        ),
};

async function listDevices(
  context: AdminContext,
  { user }: { readonly user: string },
): Promise<DevicesShown> {
  const devices = await signedInDevices(context, user);
  const cursors = await readSnapshot(context.db, ['device_cursors'], (snapshot) =>
    snapshot
      .tables<DeviceCursorsSchema>('device_cursors')
      .selectFrom('device_cursors')
      .select(['device_id', 'pts', 'moved_at_ms'])
      .where('user_id', '=', user)
      .execute(),
  );
  const byDevice = new Map(cursors.map((cursor) => [cursor.device_id, cursor]));
  const shown = devices.map((device): DeviceShown => {
    const cursor = byDevice.get(device.device_id);
    return { ...device, pts: cursor?.pts ?? null, moved_at_ms: cursor?.moved_at_ms ?? null };
  });
  return { user_id: user, devices: shown };
}
