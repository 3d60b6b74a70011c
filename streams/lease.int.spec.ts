import type { NatsConnection } from '@nats-io/nats-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { linkTo, type NatsLink } from '../test/support/nats-link.js';
import { startNats, type TestNats } from '../test/support/servers.js';
import { applyTopology } from './apply-topology.js';
import { connectNats } from './connection.js';
import { DirectGet } from './direct-get.js';
import { Lease, isLive, leaseSubject, leases_stream, voidLease } from './lease.js';
import { publishOne } from './publish-one.js';

const ttlMs = 1_500;
const topologyOptions = { streamsPerFamily: 1, replicas: 1, leaseTtlMs: ttlMs };
/** Asked while the server is away, it is not to be waited for. */
const answer_ms_max = 500;
const patient = { timeout: 60_000, interval: 10 };

describe('Lease', () => {
  let server: TestNats;
  let connections: NatsConnection[];
  let links: NatsLink[];
  let leases: Lease[];
  let lost: string[];
  beforeEach(async () => {
    server = await startNats({ fsync: false });
    [connections, links, leases, lost] = [[], [], [], []];
    await applyTopology(await connected(), topologyOptions);
  });
  afterEach(async () => {
    await Promise.all(connections.map((nc) => nc.close()));
    await Promise.all(leases.map((lease) => lease.release()));
    await Promise.all(links.map((link) => link.close()));
    await server.stop();
  });

  async function connected(url = server.url): Promise<NatsConnection> {
    const nc = await connectNats(url, { name: 'lease spec' });
    connections.push(nc);
    return nc;
  }
  async function take(holder: string, nc = connections[0]!): Promise<Lease | null> {
    const lease = await Lease.acquire(nc, {
      key: 'work',
      holder,
      ttlMs,
      onLost: () => lost.push(holder),
    });
    if (lease !== null) leases.push(lease);
    return lease;
  }
  async function takeByLink(holder: string): Promise<{ lease: Lease; link: NatsLink }> {
    const link = await linkTo(server.url);
    links.push(link);
    return { link, lease: (await take(holder, await connected(link.url)))! };
  }
  const last = () =>
    new DirectGet(connections[0]!, answer_ms_max).getLastBySubject(leases_stream, leaseSubject('work'), {
      leader: true,
    });
  const sequence = async () => (await last())?.sequence ?? 0;
  const isFree = async () => {
    const message = await last().catch(() => undefined);
    return message === null || (message !== undefined && !isLive(message));
  };

  it('is had by one of many who ask at once', async () => {
    const taken = await Promise.all(['a', 'b', 'c', 'd'].map((holder) => take(holder)));
    expect(taken.filter((lease) => lease !== null)).toHaveLength(1);
  });

  it('is kept for many times its life, and free at once when it was released', async () => {
    const mine = await take('a');
    expect(mine?.wasGivenBack).toBe(false);
    const before = await sequence();
    await expect.poll(sequence, patient).toBeGreaterThan(before + 5);
    expect(mine?.isHeld).toBe(true);
    expect(await take('b')).toBeNull();
    await mine?.release();
    expect(mine?.isHeld).toBe(false);
    const next = await take('b');
    expect(next?.isHeld).toBe(true);
    expect(next?.wasGivenBack).toBe(true);
    expect(lost).toEqual([]);
  });

  it('passes on after its life when the holder has died', async () => {
    const other = await connected();
    await take('dead', other);
    await other.close();
    let heir: Lease | null = null;
    await expect.poll(async () => (heir = await take('heir')), patient).not.toBeNull();
    expect(heir!.wasGivenBack).toBe(false);
  });

  it('is kept by a holder that the servers did not answer, when nobody took it meanwhile', async () => {
    const { lease, link } = await takeByLink('cut off');
    link.cut();
    await expect.poll(isFree, patient).toBe(true);
    expect(lease.isHeld).toBe(true);
    link.mend();
    await expect.poll(isFree, patient).toBe(false);
    expect(await take('b')).toBeNull();
    expect(lost).toEqual([]);
  });

  it('is lost by a holder that the servers did not answer, once it learns that somebody took it', async () => {
    const { lease, link } = await takeByLink('cut off');
    link.cut();
    let heir: Lease | null = null;
    await expect.poll(async () => (heir = await take('heir')), patient).not.toBeNull();
    expect(lease.isHeld).toBe(true);
    link.mend();
    await expect.poll(() => lost, patient).toEqual(['cut off']);
    expect([lease.isHeld, heir!.isHeld]).toEqual([false, true]);
  });

  it('is kept over a time in which there was no server, longer than it lives', async () => {
    const mine = await take('a');
    const { data } = (await last())!;
    await server.kill();
    const overAtMs = performance.now() + ttlMs;
    await expect.poll(() => performance.now(), patient).toBeGreaterThan(overAtMs);
    await server.restart();
    await expect.poll(isFree, patient).toBe(false);
    expect(Buffer.from((await last())!.data)).toEqual(Buffer.from(data));
    expect([mine?.isHeld, await take('b')]).toEqual([true, null]);
    expect(lost).toEqual([]);
  });

  it('comes back to its holder when it was voided and nobody took it', async () => {
    const mine = await take('a');
    await voidLease(connections[0]!, leaseSubject('work'), await sequence());
    expect(await isFree()).toBe(true);
    await expect.poll(isFree, patient).toBe(false);
    expect(mine?.isHeld).toBe(true);
    expect(lost).toEqual([]);
  });

  it('cannot be voided when it was renewed meanwhile; who takes a voided one is told that it was not given back', async () => {
    const mine = await take('a');
    const before = await sequence();
    mine!.renewNow();
    await expect.poll(sequence, patient).toBeGreaterThan(before);
    await voidLease(connections[0]!, leaseSubject('work'), before);
    expect(await isFree()).toBe(false);
    await voidLease(connections[0]!, leaseSubject('work'), await sequence());
    expect((await take('b'))?.wasGivenBack).toBe(false);
  });

  it('is lost when somebody wrote over it, and releasing it then harms nobody', async () => {
    const mine = await take('a');
    const data = new TextEncoder().encode('{"holder":"thief"}');
    const stolen = await publishOne(connections[0]!, {
      subject: leaseSubject('work'),
      data,
      expectedLastSubjectSequence: await sequence(),
    });
    expect(stolen.ok).toBe(true);
    mine!.renewNow();
    await expect.poll(() => lost, patient).toEqual(['a']);
    await mine?.release();
    expect(Buffer.from((await last())!.data).toString()).toContain('thief');
  });

  it('is kept when only the answer to a renewal was lost', async () => {
    const mine = await take('a');
    const { data, sequence: before } = (await last())!;
    await publishOne(connections[0]!, {
      subject: leaseSubject('work'),
      data,
      expectedLastSubjectSequence: before,
    });
    await expect.poll(sequence, patient).toBeGreaterThan(before + 4);
    expect(mine?.isHeld).toBe(true);
    expect(lost).toEqual([]);
  });
});
