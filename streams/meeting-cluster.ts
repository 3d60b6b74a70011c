/**
 * Patience with a cluster whose servers are still meeting one another: no leader is elected yet, or not enough of the servers
 * are known to carry the replicas.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { JetStreamApiError } from '@nats-io/jetstream';

const wait_ms_max = 60_000;
const again_ms = 500;

/** By NATS: no suitable peers (also: a peer is offline), temporarily unavailable, no leader, too few resources. */
const meetingCodes = [10_005, 10_008, 10_009, 10_023];

export type Patiently = <T>(act: () => Promise<T>) => Promise<T>;

/**
 * Repeats what is given to it, which must be safe to repeat, until it is done or `wait_ms_max` is over since this call; then
 * the reason is thrown. `onWait` hears why, each time.
 */
export function patiently(onWait: (why: string) => void): Patiently {
  const deadlineMs = performance.now() + wait_ms_max;
  return async (act) => {
    for (;;) {
      try {
        return await act();
      } catch (error) {
        if (!isMeeting(error) || performance.now() >= deadlineMs) throw error;
        onWait(error.message);
        await pause(again_ms);
      }
    }
  };
}

/** A time-out may have been carried out all the same, as any other request. */
function isMeeting(error: unknown): error is Error {
  if (error instanceof JetStreamApiError) return meetingCodes.includes(error.code);
  if (!(error instanceof Error)) return false;
  return error.name === 'TimeoutError' || (error.cause !== undefined && isMeeting(error.cause));
}
