import type { NatsConnection } from '@nats-io/nats-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startNats, type TestNats } from '../test/support/servers.js';
import { applyTopology } from './apply-topology.js';
import { connectNats } from './connection.js';
import { DirectGet } from './direct-get.js';
import { Lease, leaseSubject, leases_stream } from './lease.js';
import { publishOne } from './publish-one.js';

const ttlMs = 1_500;
const topologyOptions = { streamsPerFamily: 1, replicas: 1, leaseTtlMs: ttlMs };

describe('Lease', () => {
  let server: TestNats;
  let connections: NatsConnection[];
  let lost: string[];
  beforeEach(async () => {
    server = await startNats({ fsync: false });
    [connections, lost] = [[], []];
    await applyTopology(await connected(), topologyOptions);
  });
  afterEach(async () => {
    await Promise.all(connections.map((nc) => nc.close()));
    await server.stop();
  });

  async function connected(): Promise<NatsConnection> {
    const nc = await connectNats(server.url, { name: 'lease spec' });
    connections.push(nc);
    return nc;
  }
  const nc = () => connections[0]!;
  const take = (holder: string, by = nc()) =>
    Lease.acquire(by, { key: 'work', holder, ttlMs, onLost: () => lost.push(holder) });
  const last = () =>
    new DirectGet(nc()).getLastBySubject(leases_stream, leaseSubject('work'), { leader: true });

  it('is had by one of many who ask at once', async () => {
    const leases = await Promise.all(['a', 'b', 'c', 'd'].map((holder) => take(holder)));
    expect(leases.filter((lease) => lease !== null)).toHaveLength(1);
    for (const lease of leases) await lease?.release();
  });

  it('is kept for many times its life, and free at once when it was released', async () => {
    const mine = await take('a');
    const revision = (await last())!.sequence;
    await expect
      .poll(async () => (await last())!.sequence, { timeout: 10_000 })
      .toBeGreaterThan(revision + 5);
    expect(mine?.isHeld).toBe(true);
    expect(await take('b')).toBeNull();
    await mine?.release();
    expect(mine?.isHeld).toBe(false);
    const next = await take('b');
    expect(next?.isHeld).toBe(true);
    await next?.release();
    expect(lost).toEqual([]);
  });

  it('passes on after its life when the holder has died, and the holder knows before', async () => {
    const other = await connected();
    const theirs = await take('dead', other);
    await other.close();
    const taken: { mine: Lease; theirsWasHeld: boolean }[] = [];
    const tryOnce = async () => {
      const theirsWasHeld = theirs!.isHeld;
      const mine = await take('heir');
      if (mine !== null) taken.push({ mine, theirsWasHeld });
      return taken.length;
    };
    await expect.poll(tryOnce, { timeout: 10_000, interval: 10 }).toBe(1);
    expect(taken[0]!.theirsWasHeld).toBe(false);
    expect(lost).toEqual(['dead']);
    await taken[0]!.mine.release();
  });

  it('is lost when somebody wrote over it, and releasing it then harms nobody', async () => {
    const mine = await take('a');
    const { sequence } = (await last())!;
    const data = new TextEncoder().encode('{"holder":"thief"}');
    const stolen = await publishOne(nc(), {
      subject: leaseSubject('work'),
      data,
      expectedLastSubjectSequence: sequence,
    });
    expect(stolen.ok).toBe(true);
    await expect.poll(() => lost, { timeout: 5_000 }).toEqual(['a']);
    await mine?.release();
    expect(Buffer.from((await last())!.data).toString()).toContain('thief');
  });

  it('is kept when only the answer to a renewal was lost', async () => {
    const mine = await take('a');
    const { data, sequence } = (await last())!;
    await publishOne(nc(), { subject: leaseSubject('work'), data, expectedLastSubjectSequence: sequence });
    await expect.poll(async () => (await last())!.sequence, { timeout: 5_000 }).toBeGreaterThan(sequence + 4);
    expect(mine?.isHeld).toBe(true);
    expect(lost).toEqual([]);
    await mine?.release();
  });

  it('is lost when the server is gone for longer than it lives, and to be had again afterwards', async () => {
    const mine = await take('a');
    await server.kill();
    await expect.poll(() => lost, { timeout: 5_000 }).toEqual(['a']);
    expect(mine?.isHeld).toBe(false);
    expect(await take('b')).toBeNull();
    await server.restart();
    let next: Lease | null = null;
    await expect.poll(async () => (next = await take('b')), { timeout: 10_000 }).not.toBeNull();
    await next!.release();
  });
});
