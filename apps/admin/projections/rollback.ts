/** `projections rollback`: reads the build again that was read before. */
import { BuildBehind, listBuilds, switchLive } from '#db/builds.js';
import { OperationRefused, type Operation } from '../operation.js';
import { oneProjectionParameter } from './projection-parameter.js';

interface RollbackParams {
  readonly projection: string;
}

interface RolledBack {
  readonly projection: string;
  readonly schema: string;
  readonly from: string;
  readonly pause_ms: number;
}

export const rollbackOperation: Operation<RollbackParams, RolledBack> = {
  name: 'projections rollback',
  summary: 'Reads the build again that was read before the last switch.',
  help:
    'It was folded on all the time, so nobody sees less than before, and nothing has to be made anew. The build that is left is kept\n' +
    'in its place: rolling back twice changes nothing.',
  examples: [
    ['npm run admin -- projections rollback chats --reason "wrong counts"', 'back to the one before'],
  ],
  role: 'operator',
  parameters: [oneProjectionParameter],
  run: async ({ db }, { projection }) => {
    const builds = (await listBuilds(db)).filter((build) => build.projection === projection);
    const live = builds.find(({ state }) => state === 'live')!;
    const kept = builds.find(({ state }) => state === 'kept');
    if (!kept)
      throw new OperationRefused(
        `${projection}: no build is kept to go back to; ${live.schema} is the only one.`,
      );
    try {
      const pause_ms = await switchLive(db, kept.schema);
      return { projection, schema: kept.schema, from: live.schema, pause_ms };
    } catch (error) {
      if (!(error instanceof BuildBehind)) throw error;
      throw new OperationRefused(
        `${error.message}: no projector of this release folds it, or it was stopped (projections list tells).`,
      );
    }
  },
  print: ({ projection, schema, from, pause_ms }) => [
    `${projection}: ${schema} is read again, ${from} is kept; switched in ${pause_ms.toFixed(0)} ms`,
  ],
};
