/**
 * What is counted where something had to stop or was given up: of low cardinality, and nothing of what a message holds. Meters
 * are asked for each time, because the API hands out a silent one to whoever comes before the provider.
 */
import { metrics } from '@opentelemetry/api';

const count = (name: string, description: string, attributes: Record<string, string>): void =>
  metrics.getMeter('odnix').createCounter(name, { description }).add(1, attributes);

/** A stream of a projection was stopped by what cannot be folded. */
export const countProjectorStop = (projection: string, stream: string): void =>
  count('odnix.projector.stops', 'Streams of a projection stopped by what cannot be folded', {
    projection,
    stream,
  });

/** A source of the users' logs holds what cannot be read. */
export const countTimelineStop = (stream: string): void =>
  count('odnix.timeline.stops', 'Sources of the users’ logs that cannot be read any further', { stream });

/** `outcome`: the attempt was the last one that was needed, is followed by another, or was given up. */
export const countJob = (kind: string, outcome: 'done' | 'again' | 'dead'): void =>
  count('odnix.jobs.attempts', 'Attempts at jobs by what became of them', { kind, outcome });

/** Of traces: `dropped` when too many waited, `failed` when the collector did not take them. */
export const countSpans = (outcome: 'exported' | 'dropped' | 'failed', spans: number): void =>
  metrics
    .getMeter('odnix')
    .createCounter('odnix.spans', { description: 'Ended spans by what became of them' })
    .add(spans, { outcome });
