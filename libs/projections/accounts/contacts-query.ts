/** Whom a user calls what. */
import type { Kysely } from 'kysely';
import type { InSchema } from '#db/database.js';
import type { AccountsSchema } from './projection.js';

export interface ContactFound {
  readonly user_id: string;
  /** Empty: by their own name. */
  readonly nickname: string;
  /** Null: the account is not in this snapshot yet, as its stream may be folded later than the caller's. */
  readonly display_name: string | null;
}

/** By user id; `after` is the last one of the page before. */
export async function contactsOf(
  tables: Kysely<InSchema<AccountsSchema>>,
  userId: string,
  { after, limit }: { after?: string | undefined; limit: number },
): Promise<readonly ContactFound[]> {
  let query = tables
    .selectFrom('contacts as c')
    .leftJoin('accounts as a', 'a.user_id', 'c.other_id')
    .select(['c.other_id as user_id', 'a.display_name', 'c.nickname'])
    .where('c.user_id', '=', userId);
  if (after !== undefined) query = query.where('c.other_id', '>', after);
  return query.orderBy('c.other_id').limit(limit).execute();
}
