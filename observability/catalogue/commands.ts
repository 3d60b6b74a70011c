/** What is decided, stored and read: command handlers, the event store, query handlers. */
import { entries, request_buckets_s } from './metric.js';

const histogram = { kind: 'histogram', unit: 'seconds', buckets: request_buckets_s } as const;
const handler = { apps: ['command-handler'] } as const;

export const commandMetrics = entries({
  'odnix.command.duration.seconds': {
    ...histogram,
    ...handler,
    does: 'From a command’s coming to its answer in the handler, by what became of it',
    labels: { method: 'a command', outcome: ['ok', 'refused', 'failed'] },
  },
  'odnix.command.retries': {
    kind: 'counter',
    unit: '',
    ...handler,
    does: 'Times that commands were decided anew, because the store refused or did not answer',
    labels: { target: ['chat', 'account'], reason: ['conflict', 'unknown'] },
  },
  'odnix.command.overloads': {
    kind: 'counter',
    unit: '',
    ...handler,
    does: 'Requests answered BUSY at once: over the bound of this handler or of the range',
    labels: { target: ['chat', 'account'] },
  },
  'odnix.command.in_flight': {
    kind: 'gauge',
    unit: '',
    ...handler,
    does: 'Requests that are being served',
    labels: {},
  },
  'odnix.store.append.duration.seconds': {
    ...histogram,
    apps: ['command-handler'],
    does: 'From sending decisions to the store’s answer, by that: a conflict is a wrong expected sequence, unknown no answer',
    labels: {
      family: ['CHAT', 'ACCOUNT', 'RECEIPT'],
      outcome: ['appended', 'conflict', 'duplicate', 'too_large', 'unknown'],
    },
  },
  'odnix.expiry.looks': {
    kind: 'counter',
    unit: '',
    ...handler,
    does: 'Looks for messages whose time is over',
    labels: { outcome: ['done', 'failed'] },
  },
  'odnix.expiry.messages': {
    kind: 'counter',
    unit: '',
    ...handler,
    does: 'Messages whose time is over, by what became of it',
    labels: { outcome: ['gone', 'refused'] },
  },
  'odnix.expiry.backlog': {
    kind: 'gauge',
    unit: '',
    ...handler,
    does: 'Messages of chats served here whose time was over at the last look, and that were not told to go before',
    labels: {},
  },
  'odnix.lease.held': {
    kind: 'gauge',
    unit: '',
    apps: ['command-handler', 'timeline', 'projector'],
    does: 'Leases that this process holds',
    labels: { group: 'a kind of lease' },
  },
  'odnix.lease.acquired': {
    kind: 'counter',
    unit: '',
    apps: ['command-handler', 'timeline', 'projector'],
    does: 'Leases that this process got, by who had them: given back by another, or left by one that died',
    labels: { group: 'a kind of lease', from: ['given_back', 'left'] },
  },
  'odnix.lease.lost': {
    kind: 'counter',
    unit: '',
    apps: ['command-handler', 'timeline', 'projector'],
    does: 'Leases that ended while this process held them: expired, or somebody else has them',
    labels: { group: 'a kind of lease' },
  },
  'odnix.query.duration.seconds': {
    ...histogram,
    apps: ['query-handler'],
    does: 'From a query’s coming to its answer, waiting for what the session has seen included',
    labels: { method: 'a query', outcome: ['ok', 'refused', 'failed'] },
  },
  'odnix.query.waits': {
    kind: 'counter',
    unit: '',
    apps: ['query-handler'],
    does: 'Queries that waited for the read models to cover what the session has seen',
    labels: { outcome: ['covered', 'not_caught_up'] },
    runbook: 'projector-waits.md',
  },
  'odnix.query.overloads': {
    kind: 'counter',
    unit: '',
    apps: ['query-handler'],
    does: 'Queries answered BUSY at once: over the bound of this handler',
    labels: {},
  },
});
