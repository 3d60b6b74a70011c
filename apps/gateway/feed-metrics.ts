/** What comes live to this gateway, and what does not: told by the steps of join.ts. */
import { counter, histogram } from '#observability/metrics.js';
import type { JoinInput, JoinStep, Numbered } from './join.js';

const of = (log: 'user' | 'channel') => ({
  lost: counter('odnix.gateway.announcements.lost', { log }),
  repaired: counter('odnix.gateway.announcements.repaired', { log }),
});
const logs = { user: of('user'), channel: of('channel') };
const delivery = histogram('odnix.gateway.delivery.duration.seconds', {});

export function countStep<Item extends Numbered>(
  log: 'user' | 'channel',
  { kind }: JoinInput<Item>,
  { deliver, fetch }: JoinStep<Item>,
): void {
  if (fetch) logs[log].lost.add();
  if (kind === 'fetched') logs[log].repaired.add(deliver.length);
}

/** `dateMs`: when it happened, by whoever decided. Clocks of two servers: what is before its time took none. */
export const measureDelivery = (dateMs: number): void =>
  delivery.record(Math.max(0, Date.now() - dateMs) / 1_000);
