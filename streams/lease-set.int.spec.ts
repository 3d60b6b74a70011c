import type { NatsConnection } from '@nats-io/nats-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startNats, type TestNats } from '../test/support/servers.js';
import { applyTopology } from './apply-topology.js';
import { connectNats } from './connection.js';
import { LeaseSet } from './lease-set.js';

const ttlMs = 1_500;
const names = Array.from({ length: 16 }, (_, i) => `range-${i}`);

describe('LeaseSet', () => {
  let server: TestNats;
  let members: { set: LeaseSet; nc: NatsConnection; lost: string[] }[];
  /** Name → who works on it; two at once is what graceful hand-over must never do. */
  let working: Map<string, string>;
  let overlaps: string[];
  let joinedCount = 0;
  beforeEach(async () => {
    server = await startNats({ fsync: false });
    [members, working, overlaps] = [[], new Map(), []];
    const nc = await connectNats(server.url);
    await applyTopology(nc, { streamsPerFamily: 1, replicas: 1, leaseTtlMs: ttlMs });
    await nc.close();
  });
  afterEach(async () => {
    await Promise.all(members.map(({ set }) => set.stop()));
    await Promise.all(members.map(({ nc }) => nc.close()));
    await server.stop();
  });

  async function join(): Promise<(typeof members)[number]> {
    const member = `m${(joinedCount += 1)}`;
    const nc = await connectNats(server.url, { name: member });
    const lost: string[] = [];
    const set = new LeaseSet(nc, {
      group: 'spec',
      names,
      member,
      ttlMs,
      onAcquired: (name) => {
        if (working.has(name)) overlaps.push(name);
        working.set(name, member);
      },
      onGivingUp: async (name) => {
        await nc.flush();
        working.delete(name);
      },
      onLost: (name) => {
        lost.push(name);
        working.delete(name);
      },
    });
    set.start();
    const joined = { set, nc, lost };
    members.push(joined);
    return joined;
  }
  const shares = () => members.map(({ set }) => set.names.length).toSorted((a, b) => a - b);
  const held = () => members.flatMap(({ set }) => set.names).toSorted();
  const all = names.toSorted();
  const settled = { timeout: 15_000, interval: 20 };

  it('gives one member everything, and each newcomer a fair share, without overlap', async () => {
    await join();
    await expect.poll(shares, settled).toEqual([16]);
    await join();
    await expect.poll(shares, settled).toEqual([8, 8]);
    await join();
    await expect.poll(() => shares().at(-1), settled).toBeLessThanOrEqual(6);
    await expect.poll(held, settled).toEqual(all);
    expect(overlaps).toEqual([]);
    expect(members.flatMap(({ lost }) => lost)).toEqual([]);
  });

  it('shares among members who start together', async () => {
    await Promise.all([join(), join(), join(), join()]);
    await expect.poll(shares, settled).toEqual([4, 4, 4, 4]);
    expect(overlaps).toEqual([]);
  });

  it('passes on what a member gives back, and what a dead one had', async () => {
    const leaving = await join();
    const dying = await join();
    await join();
    await expect.poll(held, settled).toEqual(all);
    await expect.poll(() => shares().at(-1), settled).toBeLessThanOrEqual(6);
    await leaving.set.stop();
    await expect.poll(shares, settled).toEqual([0, 8, 8]);
    await dying.nc.close();
    await expect.poll(shares, settled).toEqual([0, 0, 16]);
    expect(dying.lost).toHaveLength(8);
    expect(overlaps).toEqual([]);
  });

  it('comes back by itself after the server was gone for longer than a lease lives', async () => {
    await Promise.all([join(), join()]);
    await expect.poll(shares, settled).toEqual([8, 8]);
    await server.kill();
    await expect.poll(shares, settled).toEqual([0, 0]);
    await server.restart();
    await expect.poll(shares, settled).toEqual([8, 8]);
    expect(held()).toEqual(all);
    expect(overlaps).toEqual([]);
  });
});
