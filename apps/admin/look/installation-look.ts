/** Looks at the installation again and again, and tells it as metrics: of any number of admin processes each its own look. */
import { setTimeout as pause } from 'node:timers/promises';
import { observe, type Observed } from '#observability/metrics.js';
import type { Lag } from '../lag/lags.js';
import { lookAt, type Installation, type Looked } from './installation.js';
import { LastBackup } from './last-backup.js';

const look_every_ms = 10_000;
/** What was seen longer ago is not told: a lag that stands still would look like one that is well. */
const seen_ms_max = 60_000;

export interface InstallationLook {
  stop(): Promise<void>;
}

export function startInstallationLook(
  means: Looked,
  onFailed: (error: unknown) => void,
  everyMs = look_every_ms,
): InstallationLook {
  const stopping = new AbortController();
  const { signal } = stopping;
  const backup = new LastBackup(means.nats);
  const seen = new Seen();
  const run = async (): Promise<void> => {
    let isTold = false;
    while (!signal.aborted) {
      try {
        seen.know(await lookAt(means, backup));
        isTold = false;
      } catch (error) {
        // Servers that are away are told by health; and the age of the last look grows.
        if (!signal.aborted && !isTold) onFailed(error);
        isTold = true;
      }
      await pause(everyMs, undefined, { signal }).catch(() => undefined);
    }
  };
  const ended = run();
  return {
    stop: async () => {
      stopping.abort();
      seen.forget();
      await ended;
    },
  };
}

/** The last look, as long as it is worth anything. */
class Seen {
  private last: { readonly seen: Installation; readonly atMs: number } | null = null;
  private readonly beganMs = performance.now();
  private readonly ends: readonly (() => void)[];

  constructor() {
    const told =
      <Labels, Values extends Iterable<readonly [Labels, number]>>(tell: (seen: Installation) => Values) =>
      (): Values | [] =>
        this.last && this.ageMs < seen_ms_max ? tell(this.last.seen) : [];
    this.ends = [
      observe('odnix.installation.look.age.seconds', () => [[{}, this.ageMs / 1_000]]),
      observe(
        'odnix.read_model.lag.messages',
        told((seen) => ofReadModels(seen, 'messages')),
      ),
      observe(
        'odnix.read_model.lag.seconds',
        told((seen) => ofReadModels(seen, 'seconds')),
      ),
      observe(
        'odnix.user_log.lag.messages',
        told((seen) => ofLogs(seen, 'messages')),
      ),
      observe(
        'odnix.user_log.lag.seconds',
        told((seen) => ofLogs(seen, 'seconds')),
      ),
      observe('odnix.read_model.held.streams', told(held)),
      observe(
        'odnix.user_log.unwritten.streams',
        told((seen) => one(seen.unwritten_logs.length)),
      ),
      observe(
        'odnix.command.unserved.ranges',
        told((seen) => one(seen.unserved_ranges.length)),
      ),
      observe(
        'odnix.streams.missing',
        told((seen) => one(missing(seen))),
      ),
      observe(
        'odnix.jobs.waiting',
        told(({ jobs }) => jobs.map(({ jobs: count, ...labels }) => [labels, count])),
      ),
      observe(
        'odnix.jobs.oldest.seconds',
        told(({ oldest_job }) => one(oldest_job?.seconds ?? 0)),
      ),
      observe(
        'odnix.erasure.age.seconds',
        told(({ sweepBeganMs }) => since(sweepBeganMs)),
      ),
      observe(
        'odnix.backup.age.seconds',
        told(({ backupEndedMs }) => since(backupEndedMs)),
      ),
    ];
  }

  know(seen: Installation): void {
    this.last = { seen, atMs: performance.now() };
  }

  forget(): void {
    for (const end of this.ends) end();
  }

  private get ageMs(): number {
    return performance.now() - (this.last?.atMs ?? this.beganMs);
  }
}

const one = (value: number) => [[{}, value]] as const;
const since = (atMs: number | null) => (atMs === null ? [] : one((Date.now() - atMs) / 1_000));

const ofReadModels = ({ projections }: Installation, what: 'messages' | 'seconds') =>
  projections.map((lag) => [{ read_model: lag.reader, stream: lag.stream }, lag[what]] as const);

/** Of a log's sources of one family the one that it is furthest behind, or there would be three for every stream of every log. */
function ofLogs(
  { timelines }: Installation,
  what: 'messages' | 'seconds',
): Observed<'odnix.user_log.lag.messages'> {
  const most = new Map<string, readonly [{ log: string; family: Family }, number]>();
  for (const lag of timelines) {
    const family = familyOf(lag);
    const known = most.get(`${lag.reader} ${family}`)?.[1] ?? -1;
    if (lag[what] > known) most.set(`${lag.reader} ${family}`, [{ log: lag.reader, family }, lag[what]]);
  }
  return most.values();
}

type Family = 'CHAT' | 'RECEIPT' | 'ACCOUNT';
const familyOf = ({ stream }: Lag): Family => stream.slice(0, stream.indexOf('_')) as Family;

/** Streams of builds that are held, and none of those that are not: a build that is well again is told as such. */
function held({ projections, holds }: Installation): Observed<'odnix.read_model.held.streams'> {
  const schemas = [...new Set(projections.map(({ reader }) => reader))];
  return schemas.flatMap((read_model) =>
    (['stopped', 'paused'] as const).map((reason) => {
      const own = holds.filter(({ schema, state }) => schema === read_model && state === reason);
      return [{ read_model, reason }, own.length] as const;
    }),
  );
}

const missing = ({ projections, timelines }: Installation): number =>
  new Set([...projections, ...timelines].filter(({ end }) => end === null).map(({ stream }) => stream)).size;
