/** A sweep a day, by one of however many processes look after it. */
import { setTimeout as pause } from 'node:timers/promises';
import { OperationRefused, type AdminContext } from '../operation.js';
import { sweep, type SweepResult } from './sweep.js';
import { lastSweep } from './swept.js';

const look_every_ms = 60_000;
const day_ms = 86_400_000;

export interface DailySweepOptions {
  readonly context: Omit<AdminContext, 'signal'>;
  /** Since midnight UTC: the setting `ERASURE_AT`. */
  readonly atMinute: number;
  readonly onSwept: (result: SweepResult) => void;
  /** It is tried again a minute later. */
  readonly onFailed: (error: unknown) => void;
  readonly nowMs?: () => number;
}

export interface DailySweep {
  /** Interrupts one that runs: the next goes on where it was. */
  stop(): Promise<void>;
}

/**
 * Looks at once and every minute whether the time of day has passed since the last sweep began: so a day on which nobody ran is
 * made up for at the start. Which of several processes does it is decided by the sweep's own lock.
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
    await look(options, signal).catch((error: unknown) => {
      if (!signal.aborted && !(error instanceof OperationRefused)) options.onFailed(error);
    });
    await pause(look_every_ms, undefined, { signal }).catch(() => undefined);
  }
}

async function look(
  { context, atMinute, onSwept, nowMs = Date.now }: DailySweepOptions,
  signal: AbortSignal,
) {
  const last = await lastSweep(context.db);
  if (last !== null && last.began_at.getTime() >= lastDueMs(nowMs(), atMinute)) return;
  onSwept(await sweep({ ...context, signal }, { dryRun: false, fromStart: false }));
}

/** The last time that it was so late in the day, UTC. */
export function lastDueMs(nowMs: number, atMinute: number): number {
  const today = Math.floor(nowMs / day_ms) * day_ms + atMinute * 60_000;
  return today <= nowMs ? today : today - day_ms;
}
