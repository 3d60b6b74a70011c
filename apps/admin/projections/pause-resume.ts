/** `projections pause` and `projections resume`: folding rests where it was told to, or goes on where it rests. */
import { listBuilds } from '#db/builds.js';
import type { CheckpointKey } from '#db/checkpoint.js';
import { pauseFolding, resumeFolding } from '#db/holds.js';
import { projections } from '#projections/registry.js';
import { OperationRefused, type AdminContext, type Operation, type Parameter } from '../operation.js';
import { oneProjectionParameter } from './projection-parameter.js';

interface HoldParams {
  readonly projection: string;
  readonly stream?: string;
}
interface Held {
  readonly projection: string;
  readonly streams: readonly CheckpointKey[];
}

const streamParameter: Parameter = {
  name: 'stream',
  value: 'stream',
  help: 'this stream only; all of the projection unless given',
  parse: (text) => (/^[A-Z]+_\d{1,3}$/.test(text) ? text : undefined),
  expected: 'the name of a stream, as CHAT_0',
};

export const pauseOperation: Operation<HoldParams, Held> = {
  name: 'projections pause',
  summary: 'Has projectors stop folding a read model, or one stream of it, until it is resumed.',
  help:
    'All its builds, in every process, within about a second, through restarts. Queries go on and answer from what is folded; a\n' +
    'session that has seen more is told to ask again.',
  examples: [
    [
      'npm run admin -- projections pause chats --stream CHAT_3 --reason "damaged at 812"',
      'one stream of one read model',
    ],
  ],
  role: 'operator',
  parameters: [oneProjectionParameter, streamParameter],
  run: async (context, params) => {
    const streams = await keysOf(context, params);
    await pauseFolding(context.db, streams, context.actor.reason ?? 'no reason was given');
    return { projection: params.projection, streams };
  },
  print: ({ projection, streams }) => [
    `${projection}: paused ${told(streams)}`,
    `To go on: projections resume ${projection}`,
  ],
};

export const resumeOperation: Operation<HoldParams, Held> = {
  name: 'projections resume',
  summary: 'Has projectors go on where they were paused, or stopped by what they could not fold.',
  help: 'From the checkpoint: nothing is skipped. What still cannot be folded stops it again, after a few attempts.',
  examples: [
    ['npm run admin -- projections resume chats --reason "the fix is out"', 'all streams that were held'],
  ],
  role: 'operator',
  parameters: [oneProjectionParameter, streamParameter],
  run: async (context, params) => ({
    projection: params.projection,
    streams: await resumeFolding(context.db, await keysOf(context, params)),
  }),
  print: ({ projection, streams }) => [
    streams.length === 0
      ? `${projection}: nothing was paused or stopped there.`
      : `${projection}: resumed ${told(streams)}`,
  ],
};

async function keysOf(
  { db, streamsPerFamily }: AdminContext,
  { projection, stream }: HoldParams,
): Promise<readonly CheckpointKey[]> {
  const { family } = projections.find(({ name }) => name === projection)!;
  const all = Array.from({ length: streamsPerFamily }, (_, index) => `${family}_${index}`);
  if (stream !== undefined && !all.includes(stream))
    throw new OperationRefused(`${projection} folds ${all[0]} to ${all.at(-1)}, and no ${stream}.`);
  const builds = (await listBuilds(db)).filter((build) => build.projection === projection);
  const streams = stream === undefined ? all : [stream];
  return builds.flatMap(({ schema }) => streams.map((one) => ({ schema, stream: one })));
}

const told = (keys: readonly CheckpointKey[]): string =>
  keys.map(({ schema, stream }) => `${schema} of ${stream}`).join(', ');
