import type { Kysely } from 'kysely';
import { isOneOf } from '../is-one-of.js';
import type { Database, InSchema } from '#db/database.js';
import { readSnapshot } from '#db/snapshot.js';
import type { AccountsSchema } from './projection.js';

export interface AccountFound {
  readonly user_id: string;
  readonly display_name: string;
}

export interface ProfileFound extends AccountFound {
  /** Absent: nothing. */
  readonly about?: string;
}

/** In no particular order; unknown ids are left out. */
export async function accountsById(
  db: Database,
  userIds: readonly string[],
): Promise<readonly AccountFound[]> {
  return readSnapshot(db, ['accounts'], (snapshot) =>
    accountsByIdIn(snapshot.tables<AccountsSchema>('accounts'), userIds),
  );
}

export async function accountsByIdIn(
  tables: Kysely<InSchema<AccountsSchema>>,
  userIds: readonly string[],
): Promise<readonly AccountFound[]> {
  if (userIds.length === 0) return [];
  return tables
    .selectFrom('accounts')
    .select(['user_id', 'display_name'])
    .where(isOneOf('user_id', userIds))
    .execute();
}

/** The same with what they say of themselves. */
export async function profilesByIdIn(
  tables: Kysely<InSchema<AccountsSchema>>,
  userIds: readonly string[],
): Promise<readonly ProfileFound[]> {
  if (userIds.length === 0) return [];
  const rows = await tables
    .selectFrom('accounts')
    .select(['user_id', 'display_name', 'about'])
    .where(isOneOf('user_id', userIds))
    .execute();
  return rows.map(({ about, ...account }) => (about === null ? account : { ...account, about }));
}

export async function accountsByPhoneHashesIn(
  tables: Kysely<InSchema<AccountsSchema>>,
  phoneHashes: readonly string[],
): Promise<readonly (AccountFound & { readonly phone_hash: string })[]> {
  if (phoneHashes.length === 0) return [];
  return tables
    .selectFrom('accounts')
    .select(['user_id', 'display_name', 'phone_hash'])
    .where(isOneOf('phone_hash', phoneHashes, 'text'))
    .execute();
}

/** By user id; `after` is the last one of the page before. Who is blocked has an account, in this snapshot or a later one. */
export async function blockedBy(
  tables: Kysely<InSchema<AccountsSchema>>,
  userId: string,
  { after, limit }: { after?: string | undefined; limit: number },
): Promise<readonly (AccountFound & { readonly blocked_at_ms: number })[]> {
  let query = tables
    .selectFrom('blocks as b')
    .innerJoin('accounts as a', 'a.user_id', 'b.other_id')
    .select(['a.user_id', 'a.display_name', 'b.blocked_at_ms'])
    .where('b.user_id', '=', userId);
  if (after !== undefined) query = query.where('b.other_id', '>', after);
  return query.orderBy('b.other_id').limit(limit).execute();
}
