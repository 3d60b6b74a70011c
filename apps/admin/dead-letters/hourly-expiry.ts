/** Keeps dead letters within their bound: every hour, when any is beyond it. Each run is kept in ADMIN, each letter told. */
import { setTimeout as pause } from 'node:timers/promises';
import { counter } from '#observability/metrics.js';
import { expiredLetters, letter_bounds, type LetterBounds } from '#jobs/expired-letters.js';
import { runOperation, type Means } from '../run-operation.js';
import { expireDeadLettersOperation } from './expire-dead-letters.js';

const look_every_ms = 3_600_000;
const caller = { name: 'hourly expiry', role: 'operator', via: 'system' } as const;

const expiries = {
  done: counter('odnix.dead_letter.expiries', { outcome: 'done' }),
  failed: counter('odnix.dead_letter.expiries', { outcome: 'failed' }),
};

export interface HourlyExpiryOptions {
  readonly means: Omit<Means, 'signal'>;
  readonly onFailed: (error: unknown) => void;
}

/** Looks at once, too. Several processes may: discarding is harmless to repeat. */
export function startHourlyExpiry({ means, onFailed }: HourlyExpiryOptions): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      await expire({ ...means, signal }).then(
        () => expiries.done.add(),
        (error: unknown) => {
          expiries.failed.add();
          if (!signal.aborted) onFailed(error);
        },
      );
      await pause(look_every_ms, undefined, { signal }).catch(() => undefined);
    }
  };
  const ended = run();
  return {
    stop: async () => {
      stopping.abort();
      await ended;
    },
  };
}

async function expire(means: Means, bounds: LetterBounds = letter_bounds): Promise<void> {
  const first = await expiredLetters(means.nats, bounds, Date.now()).next();
  if (first.done) return;
  await runOperation(
    { operation: expireDeadLettersOperation, given: {}, reason: 'beyond the bound', caller },
    means,
  );
}
