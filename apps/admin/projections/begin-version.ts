/** `projections begin-version`: the empty build of a version that came with a release. Only the installation itself asks for it. */
import { beginVersion } from '#db/builds.js';
import { grantRoles } from '#db/roles.js';
import { newestOf } from '#projections/registry.js';
import type { Operation } from '../operation.js';
import type { KnownReadModels } from './known-read-models.js';
import { oneProjectionParameter } from './projection-parameter.js';

interface Begun {
  /** Null: a process that was faster has begun it. */
  readonly schema: string | null;
}

export const beginVersionOf = ({
  projections,
  tables,
}: KnownReadModels): Operation<{ readonly projection: string }, Begun> => ({
  name: 'projections begin-version',
  summary: 'Makes the build of a new version, beside the one that is read, for projectors to fill.',
  examples: [],
  role: 'operator',
  parameters: [oneProjectionParameter],
  run: async ({ db, say }, { projection }) => {
    const { version } = newestOf(projections).find(({ name }) => name === projection)!;
    const schema = await beginVersion(db, { projection, version }, tables);
    await grantRoles(db);
    if (schema !== null) say(`${projection}: version ${version} is filled beside what is read, as ${schema}`);
    return { schema };
  },
  print: () => [],
});
