/** Who has come to a message, and when. Who of them may be told of is the caller's to decide. */
import { sql, type Kysely } from 'kysely';
import type { MoveKind, ReceiptsTables } from './rows.js';

export interface Reached {
  readonly user_id: string;
  readonly kind: MoveKind;
  /** When the mark first stood at the message, or beyond it. */
  readonly at_ms: number;
}

/** Of these people, in any order; two looks into an index each. */
export async function reachedBy(
  tables: Kysely<ReceiptsTables>,
  { chat_id, seq, user_ids }: { chat_id: string; seq: number; user_ids: readonly string[] },
): Promise<readonly Reached[]> {
  if (user_ids.length === 0) return [];
  const marks = sql<Pick<Reached, 'user_id' | 'kind'>>`(
    select user_id, kind from unnest(${[...user_ids]}::uuid[]) u(user_id), unnest(array['read', 'delivered']) k(kind))`;
  return tables
    .selectFrom(marks.as<'p'>(sql`p`))
    .innerJoinLateral(
      (inner) =>
        inner
          .selectFrom('cursor_moves as c')
          .select('c.at_ms')
          .where('c.chat_id', '=', chat_id)
          .whereRef('c.kind', '=', 'p.kind')
          .whereRef('c.user_id', '=', 'p.user_id')
          .where('c.seq', '>=', seq)
          .orderBy('c.seq')
          .limit(1)
          .as('m'),
      (join) => join.onTrue(),
    )
    .select(['p.user_id', 'p.kind', 'm.at_ms'])
    .execute();
}
