/** What a timeline counts of its writing. */
import { counter, gauge, histogram } from '#observability/metrics.js';

const batches = {
  stored: histogram('odnix.timeline.batch.duration.seconds', { outcome: 'stored' }),
  refused: histogram('odnix.timeline.batch.duration.seconds', { outcome: 'refused' }),
};
export const measureBatch = (sentMs: number, isStored: boolean): void =>
  batches[isStored ? 'stored' : 'refused'].record((performance.now() - sentMs) / 1_000);

const delay = histogram('odnix.timeline.delay.seconds', {});
/** `dateMs`: when it was decided, by the clock of whoever decided. */
export const measureDelay = (dateMs: number): void => delay.record(Math.max(0, Date.now() - dateMs) / 1_000);

export const announced = {
  first: counter('odnix.timeline.announcements', { kind: 'first' }),
  again: counter('odnix.timeline.announcements', { kind: 'again' }),
} as const;
export const writers = gauge('odnix.timeline.writers', {});
