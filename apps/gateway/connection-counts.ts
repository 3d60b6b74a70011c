import type { IncomingMessage } from 'node:http';
import type { ServerOptions } from 'ws';
import { clientAddressOf, networkOf } from '#edge/client-address.js';
import { errorCatalogue, type ErrorCode } from '#protocol/errors.js';
import { refuse, type Done } from './verify-upgrade.js';

export interface ConnectionLimits {
  /** From one network address, an IPv6 one by its /64: many people may share one. */
  readonly per_address_max: number;
  /** Sockets whose session is not open (yet). */
  readonly unopened_max: number;
  /** Sessions of one user, whichever way they came. */
  readonly sessions_per_user_max: number;
}

export const connectionLimits: ConnectionLimits = {
  per_address_max: 1_000,
  unopened_max: 4_000,
  sessions_per_user_max: 100,
};

/** A crowd that came back in one moment is let in within seconds. */
export const connections_retry_ms = 2_000;

/** Who is connected to this gateway; exact, and of this gateway alone. */
export class ConnectionCounts {
  private readonly ofNetwork = new Map<string, number>();
  private readonly unopened = new Set<object>();

  constructor(private readonly limits: ConnectionLimits) {}

  /** Why one more is not let in; null: it may come. */
  refusal(network: string): ErrorCode | null {
    if ((this.ofNetwork.get(network) ?? 0) >= this.limits.per_address_max) return 'RATE_LIMITED';
    return this.unopened.size >= this.limits.unopened_max ? 'BUSY' : null;
  }

  add(network: string, connection: object): void {
    this.ofNetwork.set(network, (this.ofNetwork.get(network) ?? 0) + 1);
    this.unopened.add(connection);
  }

  opened(connection: object): void {
    this.unopened.delete(connection);
  }

  remove(network: string, connection: object): void {
    const left = (this.ofNetwork.get(network) ?? 0) - 1;
    if (left > 0) this.ofNetwork.set(network, left);
    else this.ofNetwork.delete(network);
    this.unopened.delete(connection);
  }
}

/** Looked at before a socket opens, and before anything else is. */
export function limitUpgrades(
  { options }: { readonly options: ServerOptions },
  counts: ConnectionCounts,
): void {
  const verify = options.verifyClient as (upgrade: { req: IncomingMessage }, done: Done) => void;
  options.verifyClient = (upgrade: { req: IncomingMessage }, done: Done) => {
    const code = counts.refusal(networkOf(clientAddressOf(upgrade.req)));
    if (code === null) return verify(upgrade, done);
    refuse(done, code, errorCatalogue[code].message, { retry_after_ms: connections_retry_ms });
  };
}
