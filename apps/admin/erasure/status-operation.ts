/** `erasure status`. */
import { streamStandings } from '#streams/stream-standing.js';
import type { Operation } from '../operation.js';
import { findTombstones } from './doomed.js';
import { buildsToRewrite } from './rewrite-builds.js';
import { lastSweep, sweptOf, type SweepRecord } from './swept.js';

export interface ErasureStatus {
  /** Null: none has ended yet. */
  readonly last: SweepRecord | null;
  /** The last one that left nothing waiting. */
  readonly last_whole: SweepRecord | null;
  /** Messages deleted since, whose words still stand in the streams; `more`: these and more. */
  readonly waiting: number;
  readonly more: boolean;
  /** Builds of read models that are still to be written anew. */
  readonly builds: readonly string[];
}

export const erasureStatusOperation: Operation<object, ErasureStatus> = {
  name: 'erasure status',
  summary: 'Tells what waits to be erased, and when that was last done.',
  examples: [['npm run admin -- erasure status', 'what waits']],
  role: 'auditor',
  parameters: [],
  run: async (context) => {
    const { nats, db } = context;
    let [waiting, more] = [0, false];
    for (const [stream, { lastSequence }] of await streamStandings(nats)) {
      if (!/^CHAT_\d+$/.test(stream)) continue;
      const { sequence } = await sweptOf(db, stream, lastSequence);
      const found = await findTombstones(context, { stream, from: sequence + 1, to: lastSequence });
      waiting += found.count;
      more ||= found.to < lastSequence;
    }
    const [last, last_whole] = [await lastSweep(db), await lastSweep(db, { wholeOnly: true })];
    return { last, last_whole, waiting, more, builds: await buildsToRewrite(db) };
  },
  print: ({ last, last_whole, waiting, more, builds }) => [
    `last sweep: ${told(last)}`,
    ...(last?.is_whole === false ? [`last one that left nothing waiting: ${told(last_whole)}`] : []),
    `${more ? 'at least ' : ''}${waiting} deleted messages wait to be erased`,
    ...builds.map((schema) => `${schema}: to be written anew`),
  ],
};

const told = (sweep: SweepRecord | null): string =>
  sweep === null ? 'none yet' : `ended ${sweep.ended_at.toISOString()}, ${sweep.erased} decisions erased`;
