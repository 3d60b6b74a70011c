/** Who may see what of whom. */
import type { Kysely } from 'kysely';
import type { InSchema } from '#db/database.js';
import type { Audience, Privacy } from '#domain/account/events.js';
import type { AccountsSchema } from './projection.js';
import { isOneOf } from '../is-one-of.js';

type Tables = Kysely<InSchema<AccountsSchema>>;

/** Undefined: there is no such account. */
export async function privacyOf(tables: Tables, userId: string): Promise<Privacy | undefined> {
  const row = await tables
    .selectFrom('accounts')
    .select('last_seen')
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return row && { last_seen: row.last_seen as Audience };
}

/**
 * Those of `userIds` whose last seen this user is shown, and who are shown this user's: as in Telegram, who keeps theirs from
 * somebody is not shown that one's, so it goes both ways or neither. A block by one of the two ends it. Unknown ids are left out.
 */
export async function lastSeenShownBetween(
  tables: Tables,
  userId: string,
  userIds: readonly string[],
): Promise<readonly string[]> {
  if (userIds.length === 0) return [];
  const rows = await tables
    .selectFrom('accounts as other')
    .innerJoin('accounts as me', (join) => join.on('me.user_id', '=', userId))
    .select('other.user_id')
    .where(isOneOf('other.user_id', userIds))
    .where((eb) => {
      const has = (table: 'blocks' | 'contacts', one: Side, another: Side) =>
        eb.exists(
          eb
            .selectFrom(table)
            .select(`${table}.user_id`)
            .whereRef(`${table}.user_id`, '=', `${one}.user_id`)
            .whereRef(`${table}.other_id`, '=', `${another}.user_id`),
        );
      const shows = (one: Side, another: Side) =>
        eb.or([
          eb(`${one}.last_seen`, '=', 'everybody'),
          eb.and([eb(`${one}.last_seen`, '=', 'contacts'), has('contacts', one, another)]),
        ]);
      const isBlocked = eb.or([has('blocks', 'me', 'other'), has('blocks', 'other', 'me')]);
      const isShown = eb.and([shows('other', 'me'), shows('me', 'other'), eb.not(isBlocked)]);
      return eb.or([eb('other.user_id', '=', userId), isShown]);
    })
    .execute();
  return rows.map(({ user_id }) => user_id);
}

type Side = 'me' | 'other';
