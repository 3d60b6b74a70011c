/**
 * Compares one chat or person after the other, picked by chance, with the streams, for as long as its process lives. Costs
 * little: it rests many times as long as a sample took.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/nats-core';
import type pg from 'pg';
import { counter } from '#observability/metrics.js';
import type { Difference } from './compare-table.js';
import {
  pickAggregate,
  sampleAggregate,
  type Aggregate,
  type Sample,
  type SampleContext,
} from './drift-sample.js';
import { connect } from './scratch.js';

const rest_factor_default = 50;
const rest_ms_min = 200;
const retry_ms_default = 5_000;

export interface DriftDetectorOptions {
  readonly nats: NatsConnection;
  readonly databaseUrl: string;
  readonly streamsPerFamily: number;
  /** A line for each difference: table and key, never what people wrote. */
  readonly warn: (line: string) => void;
  /** How many times as long as a sample took it rests. */
  readonly restFactor?: number;
  /** How long it waits after servers were away. */
  readonly retryMs?: number;
  /** Chats and logs of more messages are left out. */
  readonly messagesMax?: number;
}

export interface DriftDetector {
  readonly counts: { readonly samples: number; readonly skipped: number; readonly differences: number };
  /** Leaves the sample in hand. */
  stop(): Promise<void>;
}

export function startDriftDetector(options: DriftDetectorOptions): DriftDetector {
  const stopping = new AbortController();
  const counts = { samples: 0, skipped: 0, differences: 0 };
  const ended = detect(options, counts, stopping.signal);
  return {
    counts,
    stop: async () => {
      stopping.abort();
      await ended;
    },
  };
}

type Counts = { -readonly [Name in keyof DriftDetector['counts']]: number };

async function detect(options: DriftDetectorOptions, counts: Counts, signal: AbortSignal): Promise<void> {
  const { retryMs = retry_ms_default } = options;
  let isTold = false;
  while (!signal.aborted) {
    try {
      const client = await connect(options.databaseUrl);
      try {
        for (
          let kind: Aggregate['kind'] = 'chat';
          !signal.aborted;
          kind = kind === 'chat' ? 'user' : 'chat'
        ) {
          await sampleAndRest({ ...options, client, signal }, options, counts, kind);
          isTold = false;
        }
      } finally {
        await client.end().catch(() => undefined);
      }
    } catch (error) {
      if (signal.aborted) return;
      // Servers that are away come back; that they are away others tell. Once is enough.
      if (!isTold) options.warn(`drift: interrupted (${(error as Error).name})`);
      isTold = true;
      await pause(retryMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

async function sampleAndRest(
  context: SampleContext & { readonly client: pg.ClientBase },
  { warn, restFactor = rest_factor_default }: DriftDetectorOptions,
  counts: Counts,
  kind: Aggregate['kind'],
): Promise<void> {
  const startMs = performance.now();
  const aggregate = await pickAggregate(context, kind);
  if (aggregate) await sampled(context, aggregate, counts, warn);
  const restMs = Math.max(rest_ms_min, restFactor * (performance.now() - startMs));
  await pause(restMs, undefined, { signal: context.signal }).catch(() => undefined);
}

async function sampled(
  context: SampleContext,
  aggregate: Aggregate,
  counts: Counts,
  warn: (line: string) => void,
): Promise<void> {
  const first = await sampleAggregate(context, aggregate);
  // A second look: what was switched or erased between two reads of one sample is no drift.
  const sample = first && differenceCount(first) > 0 ? await sampleAggregate(context, aggregate) : first;
  if (sample === null) {
    counts.skipped += 1;
    return;
  }
  const differences = differenceCount(sample);
  counts.samples += 1;
  counts.differences += differences;
  counter('odnix.drift.samples', { kind: aggregate.kind }).add();
  if (differences === 0) return;
  counter('odnix.drift.differences', { kind: aggregate.kind }).add(differences);
  for (const line of linesOf(sample)) warn(line);
}

const differenceCount = ({ tables, damage }: Sample): number =>
  tables.reduce((sum, { missing, surplus, differing }) => sum + missing + surplus + differing, damage.count);

function linesOf({ tables, damage }: Sample): readonly string[] {
  const rows = tables.flatMap(({ table, first }) =>
    first.map((one) => `drift: ${table} ${keyText(one)} is ${one.is}`),
  );
  return [
    ...rows,
    ...damage.first.map(({ stream, sequence, what }) => `drift: ${stream} ${sequence}: ${what}`),
  ];
}

const keyText = ({ key }: Difference): string =>
  Object.entries(key)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(' ');
