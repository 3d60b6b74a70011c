/** `projections drop-old`: tables that nobody reads any more. */
import { setTimeout as pause } from 'node:timers/promises';
import { dropTables, forgetBuild, forgottenSchemas, listBuilds, type Build } from '#db/builds.js';
import { OperationRefused, type AdminContext, type Operation } from '../operation.js';
import { projectionParameter } from './projection-parameter.js';

const lock_ms_max = 2_000;
const drops_max = 30;
/** A query that found its way to the build before the switch is over by then: statements are cancelled after half of it. */
const readers_gone_ms = 60_000;
const lock_not_available = '55P03';

interface DropParams {
  readonly projection?: string;
  readonly build?: string;
}

export const dropOldOperation: Operation<DropParams, { readonly dropped: readonly string[] }> = {
  name: 'projections drop-old',
  summary: 'Drops the builds that were read before the live ones, or one that is being filled.',
  help:
    'After it there is no way back to them but a rebuild. A build that is being filled is dropped only when it is named by --build. What\n' +
    'an interrupted drop left is dropped too.',
  examples: [
    ['npm run admin -- projections drop-old --reason "verified for a week"', 'all that are kept'],
    [
      'npm run admin -- projections drop-old --build chats_v1_b2 --reason "not needed"',
      'one that is being filled',
    ],
  ],
  role: 'operator',
  brokenOff: 'a build that is not dropped yet is dropped by the same command',
  parameters: [
    projectionParameter,
    { name: 'build', value: 'schema', help: 'this build only', parse: (text) => text || undefined },
  ],
  run: async (context, { projection, build: named }) => {
    const { db } = context;
    const builds = await listBuilds(db);
    const isOf = (build: Build) => build.projection === (projection ?? build.projection);
    const chosen = builds.filter((build) =>
      named === undefined ? ['kept', 'left'].includes(build.state) && isOf(build) : build.schema === named,
    );
    if (named !== undefined && chosen.length === 0)
      throw new OperationRefused(`There is no build ${named}: projections list shows those there are.`);
    for (const build of chosen) await forget(context, build);
    const dropped = await forgottenSchemas(db);
    for (const schema of dropped) await drop(context, schema);
    return { dropped };
  },
  print: ({ dropped }) =>
    dropped.length === 0 ? ['Nothing to drop.'] : dropped.map((schema) => `dropped ${schema}`),
};

async function forget({ db }: AdminContext, { schema, projection, state }: Build): Promise<void> {
  if (state === 'live') throw new OperationRefused(`${schema} is read: it cannot be dropped.`);
  const { switched_at } = await db
    .selectFrom('odnix.projections')
    .select('switched_at')
    .where('name', '=', projection)
    .executeTakeFirstOrThrow();
  const readersGoneInMs = switched_at.getTime() + readers_gone_ms - Date.now();
  if (state !== 'filling' && readersGoneInMs > 0)
    throw new OperationRefused(
      `${schema} was read until a moment ago, and may be still: try again in ${Math.ceil(readersGoneInMs / 1_000)} s.`,
    );
  await forgetBuild(db, schema);
}

/** Waits for whoever still uses them in small steps, in which nobody waits for it. */
async function drop({ db, signal, say }: AdminContext, schema: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    try {
      return await dropTables(db, schema, lock_ms_max);
    } catch (error) {
      if ((error as { code?: unknown }).code !== lock_not_available || attempt === drops_max) throw error;
      say(`${schema} is still used: trying again.`);
      await pause(lock_ms_max, undefined, { signal });
    }
  }
}
