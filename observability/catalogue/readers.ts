/** Who makes something of the streams: timelines and projectors, each by itself. That one is dead is told by `installation.ts`. */
import { journey_buckets_s, entries, request_buckets_s } from './metric.js';

const timeline = { apps: ['timeline'] } as const;
const projector = { apps: ['projector'] } as const;
const counter = { kind: 'counter', unit: '' } as const;
const gauge = { kind: 'gauge', unit: '' } as const;

export const readerMetrics = entries({
  'odnix.timeline.entries': {
    ...counter,
    ...timeline,
    does: 'Entries written to users’ logs',
    labels: { stream: 'a stream' },
  },
  'odnix.timeline.batch.duration.seconds': {
    kind: 'histogram',
    unit: 'seconds',
    ...timeline,
    does: 'From sending a batch of entries to the store’s answer',
    labels: { outcome: ['stored', 'refused'] },
    buckets: request_buckets_s,
  },
  'odnix.timeline.delay.seconds': {
    kind: 'histogram',
    unit: 'seconds',
    ...timeline,
    does: 'From the time of an event to when its entries were stored, the first of each batch',
    labels: {},
    buckets: journey_buckets_s,
  },
  'odnix.timeline.pending.messages': {
    ...gauge,
    ...timeline,
    does: 'Messages of a source that this process has not been given yet, as the stream told with the last batch',
    labels: { stream: 'a stream' },
    runbook: 'timeline-stopped.md',
  },
  'odnix.timeline.announcements': {
    ...counter,
    ...timeline,
    does: 'Announcements of entries: as they are written, or again by a writer that takes over',
    labels: { kind: ['first', 'again'] },
  },
  'odnix.timeline.writers': {
    ...gauge,
    ...timeline,
    does: 'Users’ streams that are written here',
    labels: {},
  },
  'odnix.timeline.interruptions': {
    ...counter,
    ...timeline,
    does: 'Writers that ended: another one came, or the store did not answer; or what cannot be written',
    labels: { stream: 'a stream', reason: ['fenced', 'failed'] },
  },
  'odnix.timeline.stops': {
    ...counter,
    ...timeline,
    does: 'Sources of the users’ logs that cannot be read any further',
    labels: { stream: 'a stream' },
    runbook: 'timeline-stopped.md',
  },
  'odnix.projector.messages': {
    ...counter,
    ...projector,
    does: 'Messages folded into read models',
    labels: { read_model: 'a read model' },
  },
  'odnix.projector.batch.duration.seconds': {
    kind: 'histogram',
    unit: 'seconds',
    ...projector,
    does: 'How long a batch took to be folded, waiting for a connection included',
    labels: { read_model: 'a read model', outcome: ['folded', 'failed'] },
    buckets: request_buckets_s,
  },
  'odnix.projector.pending.messages': {
    ...gauge,
    ...projector,
    does: 'Messages that this process has not been given yet, as the stream told with the last batch',
    labels: { read_model: 'a read model', stream: 'a stream' },
  },
  'odnix.projector.streams': {
    ...gauge,
    ...projector,
    does: 'Streams of read models by how they are here: waiting may mean that another process folds them',
    labels: { read_model: 'a read model', status: ['waiting', 'running', 'stopped', 'paused'] },
    runbook: 'projector-waits.md',
  },
  'odnix.projector.interruptions': {
    ...counter,
    ...projector,
    does: 'Times that folding was interrupted: by another projector, by a server, by what cannot be folded',
    labels: { read_model: 'a read model', reason: ['fenced', 'server', 'permanent'] },
    runbook: 'projector-waits.md',
  },
  'odnix.projector.stops': {
    ...counter,
    ...projector,
    does: 'Streams of a projection stopped by what cannot be folded',
    labels: { read_model: 'a read model', stream: 'a stream' },
    runbook: 'projector-stopped.md',
  },
});
