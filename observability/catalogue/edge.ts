/** Requests of clients, as gateway and api answer them: over WebSocket, over HTTP, and what signing in is. */
import { entries, request_buckets_s } from './metric.js';

const apps = ['gateway', 'api'] as const;
const counter = { kind: 'counter', unit: '', apps } as const;
const gauge = { kind: 'gauge', unit: '', apps, labels: {} } as const;
const histogram = { kind: 'histogram', unit: 'seconds', apps, buckets: request_buckets_s } as const;

export const edgeMetrics = entries({
  'odnix.request.duration.seconds': {
    ...histogram,
    does: 'From a request to its answer, by what became of it: done, refused by a rule, failed by us',
    labels: { method: 'a method of the protocol', outcome: ['ok', 'refused', 'failed'] },
  },
  'odnix.request.refusals': {
    ...counter,
    does: 'Requests answered with an error, by its code',
    labels: { method: 'a method of the protocol', code: 'an error code' },
  },
  'odnix.request.asked_again': {
    ...counter,
    does: 'Requests to handlers that were sent once more, because the first may be lost',
    labels: { target: ['command', 'query'] },
  },
  'odnix.rate_limit.refusals': {
    ...counter,
    does: 'Requests refused because a limit is used up, by the limit (docs/limits.md)',
    labels: { limit: 'a limit' },
  },
  'odnix.rate_limit.store.failures': {
    ...counter,
    does: 'Times that the shared counters did not answer, and limits were kept by this process alone',
    labels: {},
  },
  'odnix.replay.slices': {
    ...counter,
    does: 'Slices of logs that were read for clients, by where from',
    labels: { source: ['stream', 'read_model'] },
  },
  'odnix.replay.updates': {
    ...counter,
    does: 'Updates in slices of logs that were read for clients, by where from',
    labels: { source: ['stream', 'read_model'] },
  },
  'odnix.replay.duration.seconds': {
    ...histogram,
    does: 'How long the reading of a slice took, waiting for its turn included',
    labels: { source: ['stream', 'read_model'] },
  },
  'odnix.replay.waiting': {
    ...gauge,
    does: 'Slices that wait for their turn to be read',
    labels: { source: ['stream', 'read_model'] },
  },
  'odnix.replay.begun': {
    ...counter,
    does: 'Sessions by how they began: with nothing to catch up on, from their token, or sent to take a snapshot',
    labels: { how: ['new', 'current', 'behind', 'too_long'] },
  },
  'odnix.sign_in.attempts': {
    ...counter,
    apps: ['api'],
    does: 'Steps of signing in, by what became of them: done, or an error code',
    labels: {
      step: ['request_code', 'verify_code', 'refresh', 'logout', 'qr_new', 'qr_poll'],
      outcome: 'ok or an error code',
    },
  },
  'odnix.sign_in.refused': {
    ...counter,
    apps: ['api'],
    does: 'Sign-ins refused by a limit on strangers, by the limit',
    labels: { limit: 'a limit' },
  },
  'odnix.sign_in.codes.sent': {
    ...counter,
    apps: ['api'],
    does: 'Codes handed to whoever sends them, by what became of it',
    labels: { outcome: ['sent', 'failed'] },
  },
});
