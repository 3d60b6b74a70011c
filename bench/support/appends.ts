/** Somebody who appends to a USER stream all the time, as its timeline does: how long that takes while others read. */
import type { NatsConnection } from '@nats-io/nats-core';
import { DirectGet } from '#streams/direct-get.js';
import { UserLog } from '#streams/user-log.js';
import { newPosition } from '#streams/user-stream-message.js';
import type { Filler } from './filler.js';
import { Durations } from './percentiles.js';

const stream = 'USER_0';
const pause_ms = 3;

/** One append after the other, until the work is done; nobody else writes meanwhile. */
export async function appendsDuring(
  nc: NatsConnection,
  filler: Filler,
  work: () => Promise<unknown>,
): Promise<Durations> {
  const log = new UserLog(nc, new DirectGet(nc));
  const durations = new Durations();
  let isDone = false;
  const working = work().finally(() => (isDone = true));
  while (!isDone) {
    const message = newPosition(stream, { format: 1, positions: {} });
    const stored = await durations.time(() => log.append(filler.userSequence, [message]));
    if (!stored.ok) throw new Error(`nothing was appended: ${stored.reason}`);
    filler.userSequence += 1;
    await new Promise((resolve) => setTimeout(resolve, pause_ms));
  }
  await working;
  return durations;
}
