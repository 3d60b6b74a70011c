/** Leases on three NATS servers, of which one dies: whoever was connected to it lives on, and so does what it held. */
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startNatsCluster, type TestNatsCluster } from '../test/support/nats-cluster.js';
import { applyTopology } from './apply-topology.js';
import { connectNats } from './connection.js';
import { DirectGet } from './direct-get.js';
import { holderIn, isLive, leaseSubject, leases_stream } from './lease.js';
import { LeaseSet } from './lease-set.js';

/** Shorter than it takes to elect a leader: the leases expire meanwhile, all of them. */
const ttlMs = 2_000;
const names = ['a', 'b', 'c', 'd', 'e', 'f'];
const settled = { timeout: 60_000, interval: 50 };
const slow_machine_ms = 120_000;
let cluster: TestNatsCluster;
let members: { set: LeaseSet; nc: NatsConnection }[];
let lost: string[];

beforeEach(async () => {
  cluster = await startNatsCluster();
  [members, lost] = [[], []];
}, slow_machine_ms);
afterEach(async () => {
  await Promise.all(members.map(({ set }) => set.stop()));
  await Promise.all(members.map(({ nc }) => nc.close()));
  await cluster.stop();
});

async function join(index: number): Promise<void> {
  const urls = [...cluster.urls.slice(index), ...cluster.urls.slice(0, index)];
  const nc = await connectNats(urls.join(','), { noRandomize: true });
  const set = new LeaseSet(nc, {
    group: 'spec',
    names,
    member: `m${index}`,
    ttlMs,
    onAcquired: () => undefined,
    onGivingUp: async () => undefined,
    onLost: (name) => lost.push(name),
  });
  set.start();
  members.push({ set, nc });
}

const serverNames = () =>
  Promise.all(
    cluster.urls.map(async (url) => {
      const nc = await connectNats(url);
      const { server_name } = nc.info!;
      await nc.close();
      return server_name;
    }),
  );
const shares = () => members.map(({ set }) => set.names.toSorted());

/** Who has what, in the store; null: not to be learnt now. */
async function storedHolders(nc: NatsConnection): Promise<string[] | null> {
  const keys = await new DirectGet(nc, 500)
    .getLastForSubjects(leases_stream, [leaseSubject('spec.lease.*')])
    .catch(() => null);
  return keys && keys.filter(isLive).map((key) => `${key.subject} ${holderIn(key)} ${key.sequence}`);
}

it(
  'the death of the leader of the leases, and of the server that one member is connected to, changes no holder',
  async () => {
    const nc = await connectNats(cluster.urls[0]!);
    await applyTopology(nc, { streamsPerFamily: 1, replicas: 3, leaseTtlMs: ttlMs });
    const { cluster: placed } = await (await jetstreamManager(nc)).streams.info(leases_stream);
    await nc.close();
    const leader = (await serverNames()).indexOf(placed!.leader!);
    await Promise.all([0, 1, 2].map(join));
    await expect.poll(() => shares().map(({ length }) => length), settled).toEqual([2, 2, 2]);
    const before = shares();
    const observer = members[(leader + 1) % 3]!.nc;
    const lastBefore = Math.max(...(await storedHolders(observer))!.map((one) => Number(one.split(' ')[2])));
    await cluster.kill(leader);
    const isRenewed = async () => {
      const stored = (await storedHolders(observer)) ?? [];
      return stored.filter((one) => Number(one.split(' ')[2]) > lastBefore + names.length).length;
    };
    await expect.poll(isRenewed, settled).toBe(names.length);
    expect(shares()).toEqual(before);
    expect(lost).toEqual([]);
  },
  slow_machine_ms,
);
