import { emptyLogHash, entryHash } from '#domain/user-log/entry.js';
import { hashedEntryOf } from '#domain/user-log/hashed-update.js';
import type { UpdateNotification } from '#domain/user-log/update.js';
import { OdnixError } from '../odnix-error.js';
import { UpdateManager, type Difference, type LogPosition } from '../update-manager.js';
import type { VirtualEnvironment } from './virtual-environment.js';

const chat_id = '0198c5a0-0000-7000-8000-000000000001';

/** The server's log of one user: it grows, answers differences in slices, and gives snapshots. */
export class SimulatedServer {
  readonly log: UpdateNotification[] = [];
  readonly hashes: string[] = [emptyLogHash];
  slice_max = 3;
  differences = 0;

  constructor(private readonly environment: VirtualEnvironment) {}

  append(): UpdateNotification {
    const pts = this.log.length + 1;
    const update = { type: 'read.inbox', chat_id, chat_pts: pts, seq: pts } as const;
    const notification = { pts, pts_count: 1, sync_token: `t${pts}`, date_ms: pts, update } as const;
    this.log.push(notification);
    this.hashes.push(entryHash(this.environment.sha256, this.hashes.at(-1)!, hashedEntryOf(notification)));
    return notification;
  }

  position(pts = this.log.length): LogPosition {
    return { pts, sync_token: `t${pts}`, hash: this.hashes[pts]! };
  }

  difference(token: string): Difference {
    this.differences++;
    const from = Number(token.slice(1));
    const updates = this.log.slice(from, from + this.slice_max);
    const more = from + updates.length < this.log.length;
    return { type: updates.length === 0 ? 'empty' : more ? 'slice' : 'difference', updates };
  }
}

interface Client {
  readonly manager: UpdateManager;
  /** What was applied since the last snapshot, beside it. */
  readonly state: { base: number; applied: number[] };
  readonly seen: string[];
}

export interface Faults {
  readonly failing?: () => boolean;
  readonly tooLong?: () => boolean;
}

export function client(
  server: SimulatedServer,
  environment: VirtualEnvironment,
  faults: Faults = {},
): Client {
  const state = { base: 0, applied: [] as number[] };
  const seen: string[] = [];
  const answer = async <T>(give: () => T): Promise<T> => {
    await new Promise<void>((resolve) => environment.after(20 + environment.random() * 200, resolve));
    if (faults.failing?.()) throw new OdnixError('UNAVAILABLE', 'a fault', { retryable: true });
    return give();
  };
  const manager = new UpdateManager(
    { pts: 0, sync_token: 't0', hash: emptyLogHash },
    {
      environment,
      apply: ({ pts }) => state.applied.push(pts),
      hashAfter: (before, notification) => entryHash(environment.sha256, before, hashedEntryOf(notification)),
      getDifference: ({ sync_token: token }) =>
        answer(() => (faults.tooLong?.() ? { type: 'too_long', updates: [] } : server.difference(token))),
      takeSnapshot: () =>
        answer(() => {
          // As real ones do, it may stand behind what was pushed live.
          const position = server.position(Math.max(0, server.log.length - 2));
          const install = (): void => void Object.assign(state, { base: position.pts, applied: [] });
          return { position, install };
        }),
      onDiverged: (pts) => seen.push(`diverged at ${pts}`),
      onCaughtUp: ({ pts }) => seen.push(`caught up at ${pts}`),
      onError: (error) => seen.push(String(error)),
    },
  );
  manager.online();
  return { manager, state, seen };
}

/** What the device has, and what it must have once nothing is missing. */
export const held = ({ manager, state }: Client) => ({ applied: state.applied, position: manager.position });
export function whole({ state }: Client, server: SimulatedServer): ReturnType<typeof held> {
  const count = server.log.length - state.base;
  const applied = Array.from({ length: count }, (_, index) => state.base + 1 + index);
  return { applied, position: server.position() };
}

/** As `session.open` does with the client's token: what comes after it is replayed, then its end is told. */
export function reconnect({ manager }: Client, server: SimulatedServer): void {
  manager.offline();
  manager.online();
  for (const notification of server.log.slice(manager.position?.pts ?? server.log.length))
    manager.receive(notification);
  manager.caughtUp(server.log.length, server.hashes.at(-1)!);
}
