/** Which versions a release brings that are not read yet. */
import { listBuilds, type Build } from '#db/builds.js';
import type { Database } from '#db/database.js';
import type { Projection } from '#projections/define-projection.js';
import { newestOf } from '#projections/registry.js';

export interface DueVersions {
  /** No release has begun them yet. */
  readonly toBegin: readonly Projection[];
  /** To be read once they have come up to what is read and are verified. */
  readonly filling: readonly Build[];
  /** They are not what the streams say: what becomes of them an operator decides. */
  readonly differing: readonly Build[];
}

/** Nothing of a version that was gone back from, or dropped: it was begun once. */
export async function dueVersions(db: Database, projections: readonly Projection[]): Promise<DueVersions> {
  const builds = await listBuilds(db);
  const rows = await db.selectFrom('odnix.projections').select(['name', 'begun_version']).execute();
  const begunOf = new Map(rows.map(({ name, begun_version }) => [name, begun_version]));
  const versionReadOf = new Map(
    builds.filter(({ state }) => state === 'live').map(({ projection, version }) => [projection, version]),
  );
  const newer = newestOf(projections).filter(
    ({ name, version }) => version > (versionReadOf.get(name) ?? Infinity),
  );
  const unread = builds.filter(
    ({ projection, version, state }) =>
      state === 'filling' && newer.some((one) => one.name === projection && one.version === version),
  );
  return {
    toBegin: newer.filter(({ name, version }) => begunOf.get(name)! < version),
    filling: unread.filter(({ differs_since }) => differs_since === null),
    differing: unread.filter(({ differs_since }) => differs_since !== null),
  };
}
