/** `users.get`, and `contacts.sync` as the edge asks it: by keyed hashes. */
import { accountsByIdIn, accountsByPhoneHashesIn } from '#projections/accounts/query.js';
import type { AccountsSchema } from '#projections/accounts/projection.js';
import { Field, isArray } from '#protocol/fields.js';
import { contacts_phones_max } from '#protocol/limits.js';
import {
  UsersGetParams,
  type ContactsSyncAnswer,
  type ContactsSyncQuery,
  type UsersGetResult,
} from '#protocol/methods/users.js';
import { defineQuery } from '../query.js';
import { Refusal } from '#protocol/refusal.js';
import { shownPositions } from '../shown-positions.js';

export const usersGet = defineQuery<UsersGetParams, UsersGetResult>({
  method: 'users.get',
  params: UsersGetParams,
  reads: ['accounts'],
  read: async (context, { user_id }) => {
    const tables = context.snapshot.tables<AccountsSchema>('accounts');
    const [user] = await accountsByIdIn(tables, [user_id]);
    if (!user) throw new Refusal('NOT_FOUND');
    return { result: { user }, seen: shownPositions(context, { userIds: [user_id] }) };
  },
});

class ContactsSyncQueryParams implements ContactsSyncQuery {
  @Field(
    `1 to ${contacts_phones_max} keyed hashes`,
    (value) =>
      isArray(value, 1, contacts_phones_max) &&
      value.every((hash) => typeof hash === 'string' && /^[0-9a-f]{64}$/.test(hash)),
  )
  phone_hashes!: string[];
}

export const contactsSync = defineQuery<ContactsSyncQueryParams, ContactsSyncAnswer>({
  method: 'contacts.sync',
  params: ContactsSyncQueryParams,
  reads: ['accounts'],
  read: async (context, { phone_hashes }) => {
    const tables = context.snapshot.tables<AccountsSchema>('accounts');
    return { result: { contacts: await accountsByPhoneHashesIn(tables, phone_hashes) } };
  },
});
