/** What the gateway counts of its sessions and of what goes over them. Each series is made once: a frame costs two additions. */
import { counter, gauge } from '#observability/metrics.js';
import { closeCodes } from '#protocol/errors.js';

export type Transport = 'websocket' | 'sse' | 'poll';
export type EndReason = 'client' | keyof typeof closeCodes;

const reasons = new Map<number, EndReason>(
  Object.entries(closeCodes).map(([name, code]) => [code, name as EndReason]),
);

/** Of a close code; of none, the client's or the network's. */
export const endReason = (code: number | undefined): EndReason => reasons.get(code ?? 0) ?? 'client';

const of = (transport: Transport) => {
  const frames = counter('odnix.gateway.frames.sent', { transport });
  const sentBytes = counter('odnix.gateway.sent.bytes', { transport });
  const sessions = gauge('odnix.gateway.sessions', { transport });
  const opened = counter('odnix.gateway.sessions.opened', { transport });
  counter('odnix.gateway.sessions.closed', { transport, reason: 'client' });
  return {
    sent: (bytes: number): void => {
      frames.add();
      sentBytes.add(bytes);
    },
    opened: (): void => {
      opened.add();
      sessions.add();
    },
    ended: (reason: EndReason): void => {
      sessions.add(-1);
      counter('odnix.gateway.sessions.closed', { transport, reason }).add();
    },
  };
};

export const transports = {
  websocket: of('websocket'),
  sse: of('sse'),
  poll: of('poll'),
} as const satisfies Record<Transport, object>;

const received = counter('odnix.gateway.frames.received', { transport: 'websocket' });
const receivedBytes = counter('odnix.gateway.received.bytes', { transport: 'websocket' });
export function frameReceived(bytes: number): void {
  received.add();
  receivedBytes.add(bytes);
}

export const sockets = gauge('odnix.gateway.sockets', {});
export const readsPaused = counter('odnix.gateway.reads.paused', {});
export const pushed = {
  live: counter('odnix.gateway.updates.pushed', { source: 'live' }),
  log: counter('odnix.gateway.updates.pushed', { source: 'log' }),
} as const;
export const gaveWay = {
  full: counter('odnix.gateway.sessions.slow', { reason: 'full' }),
  hole: counter('odnix.gateway.sessions.slow', { reason: 'hole' }),
} as const;

const ephemeral = (kind: 'typing' | 'call.signal' | 'presence') => ({
  pushed: counter('odnix.gateway.ephemera.pushed', { kind }),
  dropped: counter('odnix.gateway.ephemera.dropped', { kind }),
});
export const ephemera = {
  typing: ephemeral('typing'),
  'call.signal': ephemeral('call.signal'),
  presence: ephemeral('presence'),
} as const;
