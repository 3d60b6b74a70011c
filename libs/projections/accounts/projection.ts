/** Accounts, their devices and whom they have blocked, folded from ACCOUNT. Every event is absolute, so meeting one twice changes nothing. */
import type { Selectable } from 'kysely';
import type { InSchema } from '#db/database.js';
import type { AccountEvent } from '#domain/account/events.js';
import { assert } from '#domain/kernel/assert.js';
import { defineProjection } from '../define-projection.js';
import { RowSet } from '../row-set.js';

export type AccountsSchema = 'accounts_v1';
type Tables = InSchema<AccountsSchema>;

interface AccountsRows {
  readonly accounts: RowSet<Selectable<Tables['accounts']>, 'user_id'>;
  readonly devices: RowSet<Selectable<Tables['devices']>, 'user_id' | 'device_id'>;
  readonly failures: RowSet<Selectable<Tables['sign_in_failures']>, 'user_id' | 'at_ms'>;
  readonly blocks: RowSet<Selectable<Tables['blocks']>, 'user_id' | 'other_id'>;
}

export const accountsProjection = defineProjection<AccountEvent, AccountsRows>({
  name: 'accounts',
  version: 1,
  family: 'ACCOUNT',
  tables: ['accounts', 'devices', 'sign_in_failures', 'blocks'],
  load: async (tx, schema, records) => {
    const accounts: AccountsRows['accounts'] = new RowSet(schema, { name: 'accounts', key: ['user_id'] });
    const devices: AccountsRows['devices'] = new RowSet(schema, {
      name: 'devices',
      key: ['user_id', 'device_id'],
    });
    const failures: AccountsRows['failures'] = new RowSet(schema, {
      name: 'sign_in_failures',
      key: ['user_id', 'at_ms'],
    });
    const deviceKeys = records
      .flatMap(({ events }) => events)
      .flatMap((event) => {
        const { user_id } = event.data;
        if (event.type === 'DeviceAdded') return [{ user_id, device_id: event.data.device.device_id }];
        return event.type === 'DeviceRevoked' ? [{ user_id, device_id: event.data.device_id }] : [];
      });
    const blocks: AccountsRows['blocks'] = new RowSet(schema, {
      name: 'blocks',
      key: ['user_id', 'other_id'],
    });
    return { accounts, failures, devices: await devices.load(tx, deviceKeys), blocks };
  },
  apply: {
    UserRegistered: ({ accounts }, { data }, { occurred_at_ms }) => {
      const { user_id, display_name, phone_hash } = data;
      accounts.put({ user_id, display_name, phone_hash, registered_at_ms: occurred_at_ms });
    },
    DeviceAdded: ({ devices }, { data }) => {
      const { device_id, name, type, added_at_ms } = data.device;
      const key = { user_id: data.user_id, device_id };
      // A device that was revoked may sign in again under its id.
      if ((devices.get(key)?.added_at_ms ?? -1) >= added_at_ms) return;
      devices.put({ ...key, name, type, added_at_ms, revoked_at_ms: null, revoked_reason: null });
    },
    DeviceRevoked: ({ devices }, { data }, { occurred_at_ms }) => {
      const device = devices.get(data);
      assert(device, `a device of ${data.user_id} is revoked that was never added`);
      if (device.revoked_at_ms !== null || device.added_at_ms > occurred_at_ms) return;
      devices.put({ ...device, revoked_at_ms: occurred_at_ms, revoked_reason: data.reason });
    },
    SignInFailed: ({ failures }, { data }, { occurred_at_ms: at_ms }) => failures.put({ ...data, at_ms }),
    UserBlocked: ({ blocks }, { data: { user_id, other_id } }, { occurred_at_ms }) => {
      blocks.put({ user_id, other_id, blocked_at_ms: occurred_at_ms });
    },
    UserUnblocked: ({ blocks }, { data: { user_id, other_id } }) => {
      blocks.remove({ user_id, other_id });
    },
  },
  save: async (tx, { accounts, devices, failures, blocks }) => {
    await accounts.save(tx);
    await devices.save(tx);
    await failures.save(tx);
    await blocks.save(tx);
  },
});
