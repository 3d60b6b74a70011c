import type { VerifiedAccess } from '#edge/access-token.js';
import type { SessionSeen } from '#edge/seen.js';
import type { Identity } from '#streams/requests.js';
import type { SessionPresence } from './presence/session-presence.js';
import type { Outlet } from './pusher.js';
import type { EndReason, Transport } from './session-metrics.js';

/** What a session is on: a socket, an event stream, a poll. */
export interface SessionConnection extends Outlet {
  readonly transport: Transport;
  /** Why it has ended, or is about to. */
  readonly endedBy: EndReason;
  identity: Identity | null;
  session: OpenSession | null;
  readonly seen: SessionSeen;
  /** Its client acknowledges over it: what it was pushed is remembered for that. */
  readonly acknowledges: boolean;
  /** It is brought what is new in channels as well. */
  readonly followsChannels: boolean;
}

/** What `session.open` leaves on its connection. */
export interface OpenSession {
  start(): void;
  /** The same device, with another token. */
  renew(access: VerifiedAccess): void;
  acknowledge(pts: number): Promise<void>;
  readonly presence: Pick<SessionPresence, 'set' | 'watch'>;
  end(): void;
}
