/** `projections rebuild`: read models made anew beside those that are read, and read from then on. */
import { createBuild, listBuilds, type Build } from '#db/builds.js';
import { newestOf } from '#projections/registry.js';
import { OperationRefused, type AdminContext, type Operation } from '../operation.js';
import { finishBuilds, type Finished } from './finish-builds.js';
import { knownReadModels, type KnownReadModels } from './known-read-models.js';
import { projectionParameter } from './projection-parameter.js';
import { verifiedBy } from './verified.js';

interface RebuildParams {
  readonly projection?: string;
}

export const rebuildOf = (known: KnownReadModels): Operation<RebuildParams, Finished> => ({
  name: 'projections rebuild',
  summary: 'Makes a read model anew from the streams, beside the one that is read, and switches to it.',
  help:
    'Projectors fill the new build from all streams at once, while people read and write. When it has come up to the one that is read\n' +
    'it is compared with the streams by a fold of its own (projections verify), and only then read. Ctrl-C leaves it being filled:\n' +
    'the same command goes on with it. The build before is kept, and folded on: projections rollback goes back to it.',
  examples: [
    ['npm run admin -- projections rebuild chats --reason "index lost"', 'one read model'],
    ['npm run admin -- projections rebuild --reason "new disks"', 'all of them'],
  ],
  role: 'operator',
  brokenOff: 'a new build that was begun is filled on and not read; the same command goes on with it',
  parameters: [projectionParameter],
  run: async (context, { projection }) => {
    const chosen = newestOf(known.projections).filter(({ name }) => (projection ?? name) === name);
    const beginning = chosen.map(({ name, version }) => begun(context, name, version, known));
    return finishBuilds(context, await Promise.all(beginning), verifiedBy(known.folds));
  },
  print: ({ messages, seconds, builds }) => [
    `${messages} messages folded in ${seconds.toFixed(1)} s (${Math.round(messages / Math.max(seconds, 0.001))}/s).`,
    ...builds.map(
      ({ projection, schema, pause_ms }) =>
        `${projection}: ${schema} is read; switched in ${pause_ms.toFixed(0)} ms.`,
    ),
  ],
});

export const rebuildOperation = rebuildOf(knownReadModels);

/** The one that is being filled already, or a new one. */
async function begun(
  context: AdminContext,
  projection: string,
  version: number,
  { tables }: KnownReadModels,
): Promise<Build> {
  const unfinished = await find(context, (build) => build.state === 'filling' && isOf(build));
  if (unfinished) {
    context.say(
      `${projection}: goes on with ${unfinished.schema}, begun ${unfinished.begun_at.toISOString()}.`,
    );
    return unfinished;
  }
  const schema = await createBuild(context.db, { projection, version }, tables);
  const made = await find(context, (build) => build.schema === schema);
  if (made) return made;
  throw new OperationRefused(`${schema} is gone: somebody dropped it.`);

  function isOf(build: Build): boolean {
    return build.projection === projection && build.version === version;
  }
}

const find = async ({ db }: AdminContext, is: (build: Build) => boolean): Promise<Build | undefined> =>
  (await listBuilds(db)).find(is);
