/** From builds that projectors fill to builds that are read: filled, verified, switched to. Every step may be begun again. */
import { setTimeout as pause } from 'node:timers/promises';
import { BuildBehind, listBuilds, switchLive, type Build } from '#db/builds.js';
import { streamStandings } from '#streams/stream-standing.js';
import { OperationRefused, type AdminContext } from '../operation.js';

const look_every_ms = 500;
/** Projectors look for builds every second; by then one of them has begun. */
const silence_ms_max = 15_000;
/** Less than a batch: the rest is folded while the switch waits. */
const near_messages_max = 500;
const switches_max = 20;

export interface Finished {
  /** Messages of the streams that were folded while this waited, and in how much time. */
  readonly messages: number;
  readonly seconds: number;
  readonly builds: readonly FinishedBuild[];
}

export interface FinishedBuild {
  readonly projection: string;
  readonly schema: string;
  /** For how long nothing was folded into the build that was read before. */
  readonly pause_ms: number;
}

/** Throws OperationRefused when it differs from what the streams say; it is not read then. */
export type Verify = (context: AdminContext, build: Build) => Promise<void>;

/** Filled together, then one after the other verified and switched to. */
export async function finishBuilds(
  context: AdminContext,
  builds: readonly Build[],
  verify: Verify,
): Promise<Finished> {
  const startMs = performance.now();
  const messages = await filled(context, builds);
  const seconds = (performance.now() - startMs) / 1_000;
  const finished: FinishedBuild[] = [];
  for (const build of builds) {
    const { projection, schema } = build;
    await verify(context, build);
    const pause_ms = await switched(context, schema);
    context.say(
      `${projection}: ${schema} is read now. Back to the one before: projections rollback ${projection}`,
    );
    finished.push({ projection, schema, pause_ms });
  }
  return { messages, seconds, builds: finished };
}

/** Resolves when each is as far as the live one, but for a batch. */
async function filled(context: AdminContext, builds: readonly Build[]): Promise<number> {
  const what = `filling ${builds.map(({ schema }) => schema).join(', ')}`;
  const first = await progressOfAll(context, builds);
  let last = first;
  let movedAtMs = performance.now();
  for (;;) {
    context.signal.throwIfAborted();
    context.progress({ what, done: last.done, total: last.total, unit: 'messages' });
    if (last.behind <= near_messages_max) return last.done - first.done;
    await pause(look_every_ms, undefined, { signal: context.signal });
    const next = await progressOfAll(context, builds);
    if (next.done !== last.done) movedAtMs = performance.now();
    else if (performance.now() - movedAtMs > silence_ms_max) {
      movedAtMs = performance.now();
      context.say(
        `Nothing was folded for ${silence_ms_max / 1_000} s: is a projector of this release running, ` +
          'and what does its health say (npm run admin -- projections list)?',
      );
    }
    last = next;
  }
}

/** As far as the live one, but for a batch. */
export const isFilled = async (context: FillContext, build: Build): Promise<boolean> =>
  (await progressOf(context, build)).behind <= near_messages_max;

async function progressOfAll(context: AdminContext, builds: readonly Build[]): Promise<FillProgress> {
  const all = await Promise.all(builds.map((build) => progressOf(context, build)));
  const sum = (of: (one: FillProgress) => number) => all.reduce((total, one) => total + of(one), 0);
  return {
    done: sum(({ done }) => done),
    total: sum(({ total }) => total),
    behind: Math.max(0, ...all.map(({ behind }) => behind)),
  };
}

interface FillProgress {
  readonly done: number;
  readonly total: number;
  /** The live build. */
  readonly behind: number;
}

/** Of a stream that nobody has taken over yet the switch would have to wait for that too. */
const behindOf = (live: number, own: number | undefined): number =>
  own === undefined ? Infinity : Math.max(0, live - own);

type FillContext = Pick<AdminContext, 'nats' | 'db'>;

async function progressOf({ nats, db }: FillContext, build: Build): Promise<FillProgress> {
  const builds = await listBuilds(db);
  if (!builds.some(({ schema }) => schema === build.schema))
    throw new OperationRefused(`${build.schema} is gone: somebody dropped it.`);
  const live = builds.find(({ projection, state }) => projection === build.projection && state === 'live')!;
  const rows = await db
    .selectFrom('odnix.checkpoints')
    .select(['schema', 'stream', 'sequence'])
    .where('schema', 'in', [build.schema, live.schema])
    .execute();
  const of = (schema: string) =>
    new Map(rows.filter((row) => row.schema === schema).map(({ stream, sequence }) => [stream, sequence]));
  const [own, others] = [of(build.schema), of(live.schema)];
  const standings = await streamStandings(nats);
  const streams = [...others.keys()];
  const sum = (sequenceOf: (stream: string) => number) =>
    streams.reduce((total, stream) => total + sequenceOf(stream), 0);
  return {
    done: sum((stream) => own.get(stream) ?? 0),
    total: sum((stream) => standings.get(stream)?.lastSequence ?? 0),
    behind: sum((stream) => behindOf(others.get(stream)!, own.get(stream))),
  };
}

async function switched(context: AdminContext, schema: string): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await switchLive(context.db, schema);
    } catch (error) {
      if (!(error instanceof BuildBehind) || attempt === switches_max) throw error;
      context.signal.throwIfAborted();
      await pause(look_every_ms, undefined, { signal: context.signal });
    }
  }
}
