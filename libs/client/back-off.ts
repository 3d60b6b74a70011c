/**
 * Waiting before trying again: exponential with full jitter, so that many clients that failed together do not come back
 * together.
 */
export const back_off_first_ms = 500;
export const back_off_max_ms = 30_000;

/** `attempt` counts from 0; `random` is from 0 to 1. Never less than the server asked for. */
export function backOffMs(attempt: number, random: number, retryAfterMs = 0): number {
  const ceiling = Math.min(back_off_max_ms, back_off_first_ms * 2 ** Math.min(attempt, 16));
  return Math.min(back_off_max_ms, retryAfterMs) + Math.floor(random * ceiling);
}
