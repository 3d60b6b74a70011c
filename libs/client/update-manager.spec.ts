import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emptyLogHash, entryHash } from '#domain/user-log/entry.js';
import type { UpdateNotification } from '#domain/user-log/update.js';
import { hashedEntryOf } from '#domain/user-log/hashed-update.js';
import { OdnixError } from './odnix-error.js';
import {
  held_updates_max,
  hold_ms,
  UpdateManager,
  type Difference,
  type LogPosition,
} from './update-manager.js';
import { VirtualEnvironment } from './testing/virtual-environment.js';

const chat_id = '0198c5a0-0000-7000-8000-000000000001';

/** The server's log of one user: it grows, answers differences in slices, and gives snapshots. */
class SimulatedServer {
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

interface Faults {
  readonly failing?: () => boolean;
  readonly tooLong?: () => boolean;
}

function client(server: SimulatedServer, environment: VirtualEnvironment, faults: Faults = {}): Client {
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
      getDifference: (token) =>
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

function expectEqual({ manager, state }: Client, server: SimulatedServer): void {
  const { length } = server.log;
  expect(state.applied).toEqual(
    Array.from({ length: length - state.base }, (_, index) => state.base + 1 + index),
  );
  expect(manager.position).toEqual(server.position());
}

describe('the client rule', () => {
  const world = (faults?: Faults) => {
    const environment = new VirtualEnvironment(1);
    const server = new SimulatedServer(environment);
    return { environment, server, device: client(server, environment, faults) };
  };

  test('applies what follows, ignores what repeats', () => {
    const { server, device } = world();
    const [first, second] = [server.append(), server.append()];
    for (const notification of [first, first, second, first, second]) device.manager.receive(notification);
    expect(device.state.applied).toEqual([1, 2]);
  });

  test('holds what leaves a hole; a hole that closes by itself costs no request', async () => {
    const { environment, server, device } = world();
    const [first, second, third] = [server.append(), server.append(), server.append()];
    device.manager.receive(third);
    device.manager.receive(second);
    await environment.pass(hold_ms - 1);
    expect(device.state.applied).toEqual([]);
    device.manager.receive(first);
    expect(device.state.applied).toEqual([1, 2, 3]);
    await environment.pass(10_000);
    expect(server.differences).toBe(0);
  });

  test('fetches a hole after the hold time, in slices', async () => {
    const { environment, server, device } = world();
    for (let count = 0; count < 10; count++) server.append();
    device.manager.receive(server.log[9]!);
    await environment.pass(hold_ms - 1);
    expect(server.differences).toBe(0);
    await environment.pass(5_000);
    expectEqual(device, server);
    expect(server.differences).toBe(4);
  });

  test('a hole at the very end shows when the server says how far it has sent', async () => {
    const { environment, server, device } = world();
    server.append();
    device.manager.caughtUp(1, server.hashes[1]!);
    await environment.pass(5_000);
    expectEqual(device, server);
    expect(device.seen).toEqual(['caught up at 1']);
  });

  test('keeps no more than its maximum and fetches the rest', async () => {
    const { environment, server, device } = world();
    server.slice_max = 500;
    for (let count = 0; count < held_updates_max + 50; count++) server.append();
    for (const notification of server.log.slice(1)) device.manager.receive(notification);
    await environment.pass(10_000);
    expectEqual(device, server);
  });

  test('another log than the server has is seen by its hash and replaced by a snapshot', async () => {
    const { environment, server, device } = world();
    const [first, second] = [server.append(), server.append()];
    device.manager.receive(first);
    device.manager.receive({ ...second, date_ms: 7 });
    device.manager.caughtUp(2, server.hashes[2]!);
    expect(device.seen).toEqual(['diverged at 2']);
    await environment.pass(5_000);
    expectEqual(device, server);
  });

  test('too_long and unknown tokens lead to a snapshot, errors to another try', async () => {
    let failures = 2;
    const { environment, server, device } = world({ failing: () => failures-- > 0, tooLong: () => true });
    for (let count = 0; count < 5; count++) server.append();
    device.manager.receive(server.log[4]!);
    // The snapshot of this server stands two behind, and the rest is too long: only the live updates can close it.
    await environment.pass(10_000);
    expect(device.state.base).toBe(3);
    device.manager.receive(server.log[3]!);
    expectEqual(device, server);
  });

  test('a difference is under the same rule: nothing is applied twice or across a hole', async () => {
    const { environment, server, device } = world();
    for (let count = 0; count < 6; count++) server.append();
    const [first, second, , , fifth] = server.log as [UpdateNotification, ...UpdateNotification[]];
    device.manager.receive(first);
    server.difference = () => ({ type: 'difference', updates: [first, second!, second!, fifth!] });
    device.manager.receive(server.log[5]!);
    await environment.pass(3_000);
    expect(device.state.applied).toEqual([1, 2]);
  });

  test('what was begun in one session does not reach into the next', async () => {
    const { environment, server, device } = world();
    for (let count = 0; count < 3; count++) server.append();
    device.manager.receive(server.log[2]!);
    await environment.pass(hold_ms + 1);
    device.manager.offline();
    device.manager.receive(server.log[0]!);
    await environment.pass(60_000);
    expect(device.state.applied).toEqual([]);
    expect(environment.timers).toBe(0);
  });
});

/**
 * Broken on purpose to see it fail: the highest announced pts not kept (a hole nobody asks for); an update held under the
 * wrong predecessor (a hole applied).
 */
test('however notifications are lost, doubled and mixed up, the local log ends as the server has it', async () => {
  const seed = Number(process.env['ODNIX_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`update manager: ODNIX_SEED=${seed}`);
  const settings = { numRuns: 60, seed };
  const chance = (max: number) => fc.double({ min: 0, max, noNaN: true });
  const worlds = fc.record({
    random: fc.integer(),
    updates: fc.integer({ min: 1, max: 60 }),
    lost: chance(0.5),
    doubled: chance(0.5),
    late: chance(0.5),
    failing: chance(0.4),
    tooLong: chance(0.2),
    dropped: chance(0.05),
  });
  await fc.assert(fc.asyncProperty(worlds, runWorld), settings);
});

interface World {
  random: number;
  updates: number;
  lost: number;
  doubled: number;
  late: number;
  failing: number;
  tooLong: number;
  dropped: number;
}

async function runWorld(world: World): Promise<void> {
  const environment = new VirtualEnvironment(world.random);
  const happens = (chance: number): boolean => environment.random() < chance;
  const server = new SimulatedServer(environment);
  const device = client(server, environment, {
    failing: () => happens(world.failing),
    tooLong: () => happens(world.tooLong),
  });
  const deliver = (notification: UpdateNotification): void => {
    if (happens(world.lost)) return;
    const delayMs = happens(world.late) ? environment.random() * 2 * hold_ms : 0;
    environment.after(delayMs, () => device.manager.receive(notification));
    if (happens(world.doubled)) environment.after(delayMs * 2, () => device.manager.receive(notification));
  };
  for (let count = 0; count < world.updates; count++) {
    if (happens(world.dropped)) reconnect(device, server);
    deliver(server.append());
    await environment.pass(environment.random() * 100);
  }
  await environment.pass(10_000);
  // The end is told either by a new session or by one more update that arrives.
  if (happens(0.5)) reconnect(device, server);
  else device.manager.receive(server.append());
  await environment.pass(600_000);
  expectEqual(device, server);
  expect(device.seen.filter((line) => !line.startsWith('caught up'))).toEqual([]);
}

/** As `session.open` does with the client's token: what comes after it is replayed, then its end is told. */
function reconnect({ manager }: Client, server: SimulatedServer): void {
  manager.offline();
  manager.online();
  for (const notification of server.log.slice(manager.position?.pts ?? server.log.length))
    manager.receive(notification);
  manager.caughtUp(server.log.length, server.hashes.at(-1)!);
}
