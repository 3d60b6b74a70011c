/**
 * Which versions of read models this code reads. A build may be read that it does not know: newer code has switched to it, and
 * this is older code that still runs, or that was deployed again. It answers nothing from it then.
 */
import type { Kysely } from 'kysely';
import { firstSchema, projectionOfSchema, versionOfSchema } from './build-schema.js';
import { tablesOf } from './builds.js';
import type { DB } from './tables.js';

/** The first schema of each. */
export const knownVersions: readonly string[] = Object.keys(tablesOf);

export const isKnown = (schema: string, known: readonly string[]): boolean =>
  known.includes(firstSchema(projectionOfSchema(schema), versionOfSchema(schema)));

/** What is to be done stands in docs/versions.md. */
export const unknownText = (schema: string): string =>
  `${projectionOfSchema(schema)} is read in version ${versionOfSchema(schema)}, which this release does not know`;

export class UnknownVersion extends Error {
  override readonly name = 'UnknownVersion';

  constructor(schema: string) {
    super(unknownText(schema));
  }
}

/** The schemas that are read and that this code does not know, of projections that it reads: of others it need not know. */
export async function unknownLive(db: Kysely<DB>, known = knownVersions): Promise<readonly string[]> {
  const rows = await db.selectFrom('odnix.projections').select('live_schema').orderBy('name').execute();
  const own = new Set(known.map(projectionOfSchema));
  return rows
    .map(({ live_schema }) => live_schema)
    .filter((schema) => own.has(projectionOfSchema(schema)) && !isKnown(schema, known));
}
