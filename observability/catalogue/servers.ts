/** What every process stands on: NATS, Postgres, its caches, Node. */
import { apps, entries, request_buckets_s } from './metric.js';

const counter = { kind: 'counter', unit: '', apps } as const;
const gauge = { kind: 'gauge', unit: '', apps } as const;
const connection = { connection: 'what a connection is for' } as const;
const withPostgres = {
  apps: ['api', 'command-handler', 'timeline', 'projector', 'query-handler', 'admin'],
} as const;
const application = { application: 'what a pool is for' } as const;

export const serverMetrics = entries({
  'odnix.nats.connections': {
    ...gauge,
    does: 'Connections to NATS by how they are',
    labels: { ...connection, state: ['connected', 'away'] },
  },
  'odnix.nats.disconnects': { ...counter, does: 'Connections to NATS that were cut', labels: connection },
  'odnix.nats.reconnects': { ...counter, does: 'Connections to NATS that came back', labels: connection },
  'odnix.nats.denials': {
    ...counter,
    does: 'What NATS did not permit this process’s user',
    labels: { ...connection, operation: ['publish', 'subscription'] },
  },
  'odnix.nats.messages': {
    ...counter,
    does: 'Messages over connections to NATS',
    labels: { ...connection, direction: ['in', 'out'] },
  },
  'odnix.nats.transferred.bytes': {
    ...counter,
    unit: 'bytes',
    does: 'Over connections to NATS',
    labels: { ...connection, direction: ['in', 'out'] },
  },
  'odnix.nats.pending.bytes': {
    ...gauge,
    unit: 'bytes',
    does: 'Not yet handed to the network by connections to NATS',
    labels: connection,
  },
  'odnix.postgres.connections': {
    ...gauge,
    ...withPostgres,
    does: 'Connections of pools to Postgres',
    labels: { ...application, state: ['used', 'idle'] },
  },
  'odnix.postgres.connections.max': {
    ...gauge,
    ...withPostgres,
    does: 'Connections that a pool may have',
    labels: application,
  },
  'odnix.postgres.waiting': {
    ...gauge,
    ...withPostgres,
    does: 'Queries that wait for a connection',
    labels: application,
  },
  'odnix.postgres.query.duration.seconds': {
    kind: 'histogram',
    unit: 'seconds',
    ...withPostgres,
    does: 'From a query to Postgres to its answer, on a connection that is there',
    labels: {
      ...application,
      kind: ['select', 'insert', 'update', 'delete', 'raw', 'other'],
      outcome: ['ok', 'failed'],
    },
    buckets: request_buckets_s,
  },
  'odnix.cache.entries': {
    ...gauge,
    apps: ['gateway', 'api', 'command-handler', 'timeline'],
    does: 'Entries in a cache',
    labels: { cache: 'a cache' },
  },
  'odnix.cache.lookups': {
    ...counter,
    apps: ['gateway', 'api', 'command-handler', 'timeline'],
    does: 'What was looked for in a cache',
    labels: { cache: 'a cache', outcome: ['hit', 'miss'] },
  },
  'odnix.ready': {
    ...gauge,
    does: '1 while this process can do its work, else 0: as its health tells',
    labels: {},
    runbook: 'projector-waits.md',
  },
  'odnix.dependency.up': {
    ...gauge,
    does: '1 while what this process depends on is there, else 0: as its health tells',
    labels: { dependency: 'a dependency' },
    runbook: 'projector-waits.md',
  },
  'odnix.log.lines': {
    ...counter,
    does: 'Lines of the log by level, those below LOG_LEVEL left out',
    labels: { level: ['debug', 'info', 'warn', 'error', 'fatal'] },
  },
  'odnix.spans': {
    ...counter,
    does: 'Ended spans by what became of them: dropped when too many waited, failed when the collector did not take them',
    labels: { outcome: ['exported', 'dropped', 'failed'] },
    runbook: 'spans-lost.md',
  },
  'odnix.build.info': {
    ...gauge,
    does: '1: which app, version and protocol this is, and which Node it runs on',
    labels: {
      app: 'an app',
      version: 'a version',
      protocol: 'a version',
      node: 'a version',
    },
  },
  'odnix.started.seconds': {
    ...gauge,
    unit: 'seconds',
    does: 'When this process was started, since 1970',
    labels: {},
  },
  'process.cpu.seconds': {
    ...counter,
    unit: 'seconds',
    does: 'Time of processors that this process has used',
    labels: { mode: ['user', 'system'] },
  },
  'process.memory.bytes': {
    ...gauge,
    unit: 'bytes',
    does: 'Memory of this process: rss is all of it',
    labels: { kind: ['rss', 'heap_used', 'heap_total', 'external', 'array_buffers'] },
  },
  'nodejs.eventloop.delay.seconds': {
    ...gauge,
    unit: 'seconds',
    does: 'How late timers came since the last scrape',
    labels: { statistic: ['mean', 'p50', 'p99', 'max'] },
  },
  'nodejs.eventloop.utilization.ratio': {
    ...gauge,
    unit: 'ratio',
    does: 'How much of the time since the last scrape the event loop was busy',
    labels: {},
  },
  'nodejs.gc.duration.seconds': {
    kind: 'histogram',
    unit: 'seconds',
    apps,
    does: 'Pauses for the collection of garbage',
    labels: { kind: ['minor', 'major', 'incremental', 'weakcb'] },
    buckets: [0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1],
  },
});
