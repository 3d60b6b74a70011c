import { sql, type RawBuilder } from 'kysely';

/**
 * One parameter however many values there are: as a list of them, the statement alone takes longer than its answer, and every length of
 * it is a statement of its own to the server.
 */
export const isOneOf = (
  column: string,
  values: readonly (string | number)[],
  type: 'uuid' | 'text' | 'bigint' = 'uuid',
): RawBuilder<boolean> => sql<boolean>`${sql.ref(column)} = any(${values}::${sql.raw(type)}[])`;
