/** Clients at the gateways: who is connected, what is pushed to them, who does not read, who is there. */
import { journey_buckets_s, entries, request_buckets_s } from './metric.js';

const transport = ['websocket', 'sse', 'poll'] as const;
const apps = ['gateway'] as const;
const counter = { kind: 'counter', unit: '', apps } as const;
const gauge = { kind: 'gauge', unit: '', apps, labels: {} } as const;

export const sessionMetrics = entries({
  'odnix.gateway.sessions': { ...gauge, does: 'Sessions that are open', labels: { transport } },
  'odnix.gateway.sessions.opened': { ...counter, does: 'Sessions opened', labels: { transport } },
  'odnix.gateway.sessions.closed': {
    ...counter,
    does: 'Sessions ended, by why: a close code of the protocol, or the client or the network',
    labels: {
      transport,
      reason: [
        'client',
        'draining',
        'heartbeat_missed',
        'too_slow',
        'unavailable',
        'session_open_missed',
        'access_expired',
        'unauthenticated',
        'device_revoked',
        'protocol_violation',
      ],
    },
  },
  'odnix.gateway.sockets': { ...gauge, does: 'WebSocket connections, with a session or without' },
  'odnix.gateway.upgrades.refused': {
    ...counter,
    does: 'WebSocket connections that were not let in, by the error code',
    labels: { code: 'an error code' },
  },
  'odnix.gateway.frames.received': {
    ...counter,
    does: 'Frames of clients',
    labels: { transport: ['websocket'] },
  },
  'odnix.gateway.frames.sent': { ...counter, does: 'Frames and events to clients', labels: { transport } },
  'odnix.gateway.received.bytes': {
    ...counter,
    unit: 'bytes',
    does: 'Of frames of clients, as they are read: before TLS, after decompression',
    labels: { transport: ['websocket'] },
  },
  'odnix.gateway.sent.bytes': {
    ...counter,
    unit: 'bytes',
    does: 'Of frames and events to clients, as they are written: before compression and TLS',
    labels: { transport },
  },
  'odnix.gateway.buffered.bytes': {
    ...gauge,
    unit: 'bytes',
    does: 'Waiting in this process for clients that do not read, at the last look',
  },
  'odnix.gateway.buffer.share.bytes': {
    ...gauge,
    unit: 'bytes',
    does: 'How much one client may have waiting at present; it shrinks as all together come near their bound',
  },
  'odnix.gateway.sessions.slow': {
    ...counter,
    does: 'Sessions that gave way: taken off live push and put back to reading from the log, by why',
    labels: { reason: ['full', 'hole'] },
  },
  'odnix.gateway.reads.paused': {
    ...counter,
    does: 'Times that a client was not read from, because it does not read its answers',
    labels: {},
  },
  'odnix.gateway.updates.pushed': {
    ...counter,
    does: 'Updates handed to sessions: live, or read from the log',
    labels: { source: ['live', 'log'] },
  },
  'odnix.gateway.delivery.duration.seconds': {
    kind: 'histogram',
    unit: 'seconds',
    apps,
    does: 'From the time of an update to when it came live to a gateway of its user',
    labels: {},
    buckets: journey_buckets_s,
  },
  'odnix.gateway.announcements.lost': {
    ...counter,
    does: 'Holes in what was announced, found by what came next or by a look at the log',
    labels: { log: ['user', 'channel'] },
  },
  'odnix.gateway.announcements.repaired': {
    ...counter,
    does: 'Updates that were not announced, or not in time, and were read from the log instead',
    labels: { log: ['user', 'channel'] },
  },
  'odnix.gateway.ephemera.pushed': {
    ...counter,
    does: 'What is true for a moment, handed to sessions',
    labels: { kind: ['typing', 'call.signal', 'presence'] },
  },
  'odnix.gateway.ephemera.dropped': {
    ...counter,
    does: 'What is true for a moment, not handed to sessions that had no room for it',
    labels: { kind: ['typing', 'call.signal', 'presence'] },
  },
  'odnix.gateway.presence.beats': { ...counter, does: 'Signs of life that gateways gave', labels: {} },
  'odnix.gateway.presence.gateways': { ...gauge, does: 'Gateways that this one holds for alive' },
  'odnix.gateway.presence.expired': {
    ...counter,
    does: 'Gateways that were not heard of in time: whoever was there only by them is offline',
    labels: {},
  },
  'odnix.gateway.presence.watched': { ...gauge, does: 'Users whom somebody here watches' },
  'odnix.gateway.revocations': {
    ...counter,
    does: 'Sessions ended because their device was signed out, by how that was found: told, or looked up',
    labels: { found: ['told', 'looked_up'] },
  },
  'odnix.gateway.revocation.check.seconds': {
    kind: 'histogram',
    unit: 'seconds',
    apps,
    does: 'How long a look took at the devices of all sessions: the longest that one who was not told stays',
    labels: { outcome: ['done', 'failed'] },
    buckets: request_buckets_s,
  },
});
