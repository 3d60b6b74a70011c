/** What connections to NATS tell: how they are, and what goes over them. Of those with one purpose the sum. */
import { NatsConnectionImpl } from '@nats-io/nats-core/internal';
import type { NatsConnection } from '@nats-io/nats-core';
import { counter, observe } from '#observability/metrics.js';

interface Watched {
  readonly nats: NatsConnection;
  readonly connection: string;
  isAway: boolean;
}

const open = new Set<Watched>();

/** Until it is closed. What it is for is its name. */
export function watchConnection(nats: NatsConnection, connection: string): void {
  const watched: Watched = { nats, connection, isAway: false };
  open.add(watched);
  counter('odnix.nats.disconnects', { connection }).add(0);
  counter('odnix.nats.reconnects', { connection }).add(0);
  void follow(watched);
  void nats.closed().then(() => {
    open.delete(watched);
    keep(watched);
  });
}

async function follow(watched: Watched): Promise<void> {
  const { nats, connection } = watched;
  for await (const { type } of nats.status()) {
    if (type !== 'disconnect' && type !== 'reconnect') continue;
    watched.isAway = type === 'disconnect';
    counter(type === 'disconnect' ? 'odnix.nats.disconnects' : 'odnix.nats.reconnects', { connection }).add();
  }
}

/** Counters never fall: what went over a connection that is closed stays counted. */
function keep({ nats, connection }: Watched): void {
  const { inMsgs, outMsgs, inBytes, outBytes } = nats.stats();
  counter('odnix.nats.messages', { connection, direction: 'in' }).add(inMsgs);
  counter('odnix.nats.messages', { connection, direction: 'out' }).add(outMsgs);
  counter('odnix.nats.transferred.bytes', { connection, direction: 'in' }).add(inBytes);
  counter('odnix.nats.transferred.bytes', { connection, direction: 'out' }).add(outBytes);
}

observe('odnix.nats.connections', () =>
  [...open].flatMap(({ connection, isAway }) => [
    [{ connection, state: 'connected' } as const, isAway ? 0 : 1],
    [{ connection, state: 'away' } as const, isAway ? 1 : 0],
  ]),
);
observe('odnix.nats.messages', () =>
  [...open].flatMap(({ nats, connection }) => [
    [{ connection, direction: 'in' } as const, nats.stats().inMsgs],
    [{ connection, direction: 'out' } as const, nats.stats().outMsgs],
  ]),
);
observe('odnix.nats.transferred.bytes', () =>
  [...open].flatMap(({ nats, connection }) => [
    [{ connection, direction: 'in' } as const, nats.stats().inBytes],
    [{ connection, direction: 'out' } as const, nats.stats().outBytes],
  ]),
);
observe('odnix.nats.pending.bytes', () =>
  [...open].map(({ nats, connection }) => [{ connection }, pendingBytes(nats)]),
);

/** The library shows it to itself alone. */
const pendingBytes = (nats: NatsConnection): number =>
  nats instanceof NatsConnectionImpl ? nats.protocol.outbound.size() : 0;
