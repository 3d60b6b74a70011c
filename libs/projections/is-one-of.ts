import { sql, type RawBuilder } from 'kysely';

/** One parameter however many ids there are: as a list of them, the statement alone takes longer than its answer. */
export const isOneOf = (column: string, ids: readonly string[]): RawBuilder<boolean> =>
  sql<boolean>`${sql.ref(column)} = any(${ids}::uuid[])`;
