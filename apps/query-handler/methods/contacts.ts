/** `contacts.list`, and `contacts.sync` as the edge asks it: by keyed hashes. */
import { isUuid } from '#domain/kernel/ids.js';
import { contactsOf } from '#projections/accounts/contacts-query.js';
import type { AccountsSchema } from '#projections/accounts/projection.js';
import { accountsByPhoneHashesIn } from '#projections/accounts/query.js';
import { Field, isArray } from '#protocol/fields.js';
import { contacts_phones_max, page_items_default } from '#protocol/limits.js';
import {
  ContactsListParams,
  type ContactsListResult,
  type ContactsSyncAnswer,
  type ContactsSyncQuery,
} from '#protocol/methods/contacts.js';
import { decodeCursor, encodeCursor } from '../page-cursor.js';
import { defineQuery } from '../query.js';
import { shownPositions } from '../shown-positions.js';

export const contactsList = defineQuery<ContactsListParams, ContactsListResult>({
  method: 'contacts.list',
  params: ContactsListParams,
  reads: ['accounts'],
  read: async (context, { cursor, limit = page_items_default }) => {
    const position = decodeCursor<[string]>(cursor, ([id, ...more]) => isUuid(id) && more.length === 0);
    const tables = context.snapshot.tables<AccountsSchema>('accounts');
    const { user_id } = context.identity;
    const rows = await contactsOf(tables, user_id, { after: position?.[0], limit: limit + 1 });
    const page = rows.slice(0, limit);
    const contacts = page.flatMap(({ display_name, ...contact }) =>
      display_name === null ? [] : [{ ...contact, display_name }],
    );
    const next = rows.length > limit ? { next_cursor: encodeCursor([page.at(-1)!.user_id]) } : {};
    return { result: { contacts, ...next }, seen: shownPositions(context, { userIds: [user_id] }) };
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
