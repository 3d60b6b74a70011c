import type { Kysely } from 'kysely';
import type { InSchema } from '#db/database.js';
import type { DeviceCursorsSchema } from './projection.js';

/** How far the device has stored its user's log; 0 when it never said. */
export async function deviceCursorIn(
  tables: Kysely<InSchema<DeviceCursorsSchema>>,
  userId: string,
  deviceId: string,
): Promise<number> {
  const row = await tables
    .selectFrom('device_cursors')
    .select('pts')
    .where('user_id', '=', userId)
    .where('device_id', '=', deviceId)
    .executeTakeFirst();
  return row?.pts ?? 0;
}
