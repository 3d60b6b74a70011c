/** Whom a user calls what. */
import type { Kysely } from 'kysely';
import type { InSchema } from '#db/database.js';
import type { AccountsSchema } from './projection.js';

export interface ContactFound {
  readonly user_id: string;
  /** Empty: by their own name. */
  readonly nickname: string;
  readonly display_name: string;
}

/** By user id; `after` is the last one of the page before. Who is a contact has an account, in this snapshot or a later one. */
export async function contactsOf(
  tables: Kysely<InSchema<AccountsSchema>>,
  userId: string,
  { after, limit }: { after?: string | undefined; limit: number },
): Promise<readonly ContactFound[]> {
  let query = tables
    .selectFrom('contacts as c')
    .innerJoin('accounts as a', 'a.user_id', 'c.other_id')
    .select(['a.user_id', 'a.display_name', 'c.nickname'])
    .where('c.user_id', '=', userId);
  if (after !== undefined) query = query.where('c.other_id', '>', after);
  return query.orderBy('c.other_id').limit(limit).execute();
}
