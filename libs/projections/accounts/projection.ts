/**
 * Accounts, their devices, whom they have blocked, whom they call what and what they have hidden, folded from ACCOUNT. Every event is absolute, so
 * meeting one twice changes nothing.
 */
import type { Selectable } from 'kysely';
import type { InSchema } from '#db/database.js';
import type { AccountEvent, ContactEvent } from '#domain/account/events.js';
import { openPrivacy } from '#domain/account/profile.js';
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
  readonly contacts: RowSet<Selectable<Tables['contacts']>, 'user_id' | 'other_id'>;
  readonly hidden: RowSet<Selectable<Tables['hidden_messages']>, 'user_id' | 'chat_id' | 'seq'>;
}

type Event = AccountEvent | ContactEvent;

const changesRow: ReadonlySet<string> = new Set<Event['type']>([
  'UserRegistered',
  'ProfileChanged',
  'PrivacyChanged',
]);

export const accountsProjection = defineProjection<Event, AccountsRows>({
  name: 'accounts',
  version: 1,
  family: 'ACCOUNT',
  tables: ['accounts', 'devices', 'sign_in_failures', 'blocks', 'contacts', 'hidden_messages'],
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
    const events = records.flatMap((record) => record.events);
    const accountKeys = events
      .filter(({ type }) => changesRow.has(type))
      .map(({ data }) => ({ user_id: data.user_id }));
    const deviceKeys = events.flatMap((event) => {
      const { user_id } = event.data;
      if (event.type === 'DeviceAdded') return [{ user_id, device_id: event.data.device.device_id }];
      return event.type === 'DeviceRevoked' ? [{ user_id, device_id: event.data.device_id }] : [];
    });
    const blocks: AccountsRows['blocks'] = new RowSet(schema, {
      name: 'blocks',
      key: ['user_id', 'other_id'],
    });
    const contacts: AccountsRows['contacts'] = new RowSet(schema, {
      name: 'contacts',
      key: ['user_id', 'other_id'],
    });
    await accounts.load(tx, accountKeys);
    await devices.load(tx, deviceKeys);
    const hidden: AccountsRows['hidden'] = new RowSet(schema, {
      name: 'hidden_messages',
      key: ['user_id', 'chat_id', 'seq'],
    });
    return { accounts, failures, devices, blocks, contacts, hidden };
  },
  apply: {
    UserRegistered: ({ accounts }, { data }, { occurred_at_ms }) => {
      const { user_id, display_name, phone_hash } = data;
      if (accounts.get({ user_id })) return;
      const unset = { about: null, last_seen: openPrivacy.last_seen };
      accounts.put({ user_id, display_name, phone_hash, registered_at_ms: occurred_at_ms, ...unset });
    },
    ProfileChanged: ({ accounts }, { data: { user_id, display_name, about } }) => {
      accounts.put({ ...accountOf(accounts, user_id), display_name, about });
    },
    PrivacyChanged: ({ accounts }, { data: { user_id, privacy } }) => {
      accounts.put({ ...accountOf(accounts, user_id), last_seen: privacy.last_seen });
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
    ContactSet: ({ contacts }, { data: { user_id, other_id, nickname } }) => {
      if (nickname === null) contacts.remove({ user_id, other_id });
      else contacts.put({ user_id, other_id, nickname });
    },
    MessagesHidden: ({ hidden }, { data: { user_id, chat_id, seqs } }) => {
      for (const seq of seqs) hidden.put({ user_id, chat_id, seq });
    },
  },
  save: async (tx, { accounts, devices, failures, blocks, contacts, hidden }) => {
    await accounts.save(tx);
    await devices.save(tx);
    await failures.save(tx);
    await blocks.save(tx);
    await contacts.save(tx);
    await hidden.save(tx);
  },
});

function accountOf(accounts: AccountsRows['accounts'], user_id: string) {
  const account = accounts.get({ user_id });
  assert(account, `${user_id} changes and was never registered`);
  return account;
}
