import { setTimeout as pause } from 'node:timers/promises';
import { table } from '../table.js';
import type { AdminContext, Operation } from '../operation.js';
import { lagsOf, type Lag } from './lags.js';
import { buildReadings, timelineReadings } from './readings.js';
import { oldestJob, unservedRanges, unwrittenLogs, type OldestJob } from './unattended.js';

const watch_every_ms = 2_000;

export interface LagParams {
  readonly watch?: boolean;
  readonly maxBehind?: number;
}

export interface LagReport {
  readonly projections: readonly Lag[];
  readonly timelines: readonly Lag[];
  /** Nobody writes these users' logs. */
  readonly unwritten_logs: readonly string[];
  /** Nobody serves these commands. */
  readonly unserved_ranges: readonly string[];
  readonly oldest_job: OldestJob | null;
  readonly most_behind: number;
  readonly max_behind: number | null;
}

export const lagOperation: Operation<LagParams, LagReport> = {
  name: 'lag',
  summary: 'Shows how far read models and logs are behind their streams, and what nobody attends to.',
  help:
    'Behind in messages: to the end of the stream; in seconds: since the store wrote the first message that is not read. The\n' +
    'writers of logs save their place every 5 s where they had nothing to write: so much of theirs may be no lag. With --watch it goes on until Ctrl-C.',
  examples: [
    ['npm run admin -- lag --watch', 'while a read model is being filled'],
    ['npm run admin -- lag --max-behind 10000', 'for an alarm: exit code 1 when anything is further behind'],
  ],
  role: 'auditor',
  parameters: [
    { name: 'watch', help: 'looks again every 2 s, until it is ended' },
    {
      name: 'maxBehind',
      value: 'messages',
      help: 'exit code 1 when anything is further behind, or is attended to by nobody',
      parse: (text) => (/^\d{1,12}$/.test(text) ? Number(text) : undefined),
      expected: 'a number of messages',
    },
  ],
  run: async (context, params) => {
    let report = await lagReport(context, params);
    while (params.watch === true && (await again(context.signal))) {
      for (const line of [...printLag(report), '']) context.say(line);
      report = await lagReport(context, params).catch((error: unknown) => {
        if (context.signal.aborted) return report;
        throw error;
      });
    }
    return report;
  },
  print: printLag,
  exitCode: ({ max_behind, most_behind, unwritten_logs, unserved_ranges }) =>
    max_behind !== null && (most_behind > max_behind || unwritten_logs.length + unserved_ranges.length > 0)
      ? 1
      : 0,
};

/** False: it was ended. */
const again = (signal: AbortSignal): Promise<boolean> =>
  pause(watch_every_ms, true, { signal }).catch(() => false);

export async function lagReport(
  { nats, db, streamsPerFamily }: Pick<AdminContext, 'nats' | 'db' | 'streamsPerFamily'>,
  { maxBehind }: LagParams,
): Promise<LagReport> {
  const nowMs = Date.now();
  const projections = await lagsOf(nats, await buildReadings(db, streamsPerFamily), nowMs);
  const timelines = await lagsOf(nats, await timelineReadings(nats, streamsPerFamily), nowMs);
  return {
    projections,
    timelines,
    unwritten_logs: await unwrittenLogs(nats, streamsPerFamily),
    unserved_ranges: await unservedRanges(nats),
    oldest_job: await oldestJob(nats, nowMs),
    most_behind: Math.max(0, ...[...projections, ...timelines].map(({ messages }) => messages)),
    max_behind: maxBehind ?? null,
  };
}

function printLag(report: LagReport): string[] {
  const job = report.oldest_job;
  return [
    ...lagTable('read model', report.projections),
    '',
    ...lagTable('log, furthest behind of', furthest(report.timelines)),
    ...(report.unwritten_logs.length === 0 ? [] : ['', `Nobody writes ${report.unwritten_logs.join(', ')}`]),
    ...(report.unserved_ranges.length === 0
      ? []
      : ['', `Nobody serves the commands of ${report.unserved_ranges.join(', ')}`]),
    ...(job === null
      ? []
      : ['', `Oldest job that is due: ${job.subject} (WORK:${job.sequence}), ${job.seconds} s old`]),
  ];
}

/** A log has three sources a stream: of each the one that it is furthest behind. */
const furthest = (lags: readonly Lag[]): Lag[] =>
  [...Map.groupBy(lags, ({ reader }) => reader).values()].map((own) =>
    own.reduce((one, other) => (other.messages > one.messages ? other : one)),
  );

const lagTable = (reader: string, lags: readonly Lag[]): string[] =>
  table(
    [reader, 'of', 'position', 'end', 'behind', 'seconds'],
    lags.map((one) => [one.reader, one.stream, one.position, one.end, one.messages, one.seconds]),
  );
