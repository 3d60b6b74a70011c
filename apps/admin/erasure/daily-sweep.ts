/** A sweep a day, by one of however many processes look after it. */
import { setTimeout as pause } from 'node:timers/promises';
import { runOperation, type Means } from '../run-operation.js';
import type { SweepResult } from './sweep.js';
import { sweepOperation } from './sweep-operation.js';
import { lastSweep } from './swept.js';

const look_every_ms = 60_000;
/** Every attempt is kept, and nothing kept is ever deleted. */
const again_ms = 15 * 60_000;
const caller = { name: 'daily sweep', role: 'operator', via: 'system' } as const;
const day_ms = 86_400_000;

export interface DailySweepOptions {
  readonly means: Omit<Means, 'signal'>;
  /** Since midnight UTC: the setting `ERASURE_AT`. */
  readonly atMinute: number;
  readonly onSwept: (result: SweepResult) => void;
  /** It is tried again a quarter of an hour later. */
  readonly onFailed: (error: unknown) => void;
  readonly nowMs?: () => number;
}

export interface DailySweep {
  /** Interrupts one that runs: the next goes on where it was. */
  stop(): Promise<void>;
}

/**
 * Looks at once and every minute whether the time of day has passed since the last sweep began: so a day on which nobody ran is
 * made up for at the start. Each sweep is kept in ADMIN, as one that a person asks for. Which of several processes does it is decided
 * by the sweep's own lock.
 */
export function startDailySweep(options: DailySweepOptions): DailySweep {
  const stopping = new AbortController();
  const ended = run(options, stopping.signal);
  return {
    stop: async () => {
      stopping.abort();
      await ended;
    },
  };
}

async function run(options: DailySweepOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const isWell = await look(options, signal).then(
      () => true,
      (error: unknown) => {
        if (!signal.aborted) options.onFailed(error);
        return false;
      },
    );
    await pause(isWell ? look_every_ms : again_ms, undefined, { signal }).catch(() => undefined);
  }
}

async function look(
  { means, atMinute, onSwept, nowMs = Date.now }: DailySweepOptions,
  signal: AbortSignal,
): Promise<void> {
  const last = await lastSweep(means.db);
  if (last !== null && last.began_at.getTime() >= lastDueMs(nowMs(), atMinute)) return;
  const request = { operation: sweepOperation, given: {}, reason: 'the daily sweep', caller };
  onSwept((await runOperation(request, { ...means, signal })) as SweepResult);
}

/** The last time that it was so late in the day, UTC. */
export function lastDueMs(nowMs: number, atMinute: number): number {
  const today = Math.floor(nowMs / day_ms) * day_ms + atMinute * 60_000;
  return today <= nowMs ? today : today - day_ms;
}
