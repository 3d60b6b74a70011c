import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startNats, type TestNats } from '../test/support/servers.js';
import { TopologyRefused, applyTopology, topologyDrift } from './apply-topology.js';
import { connectNats } from './connection.js';

const options = { streamsPerFamily: 2, replicas: 1 };

describe('applyTopology', () => {
  let server: TestNats;
  let nc: NatsConnection;
  beforeEach(async () => {
    server = await startNats();
    nc = await connectNats(server.url, { name: 'topology spec' });
  });
  afterEach(async () => {
    await nc.close();
    await server.stop();
  });

  it('creates what is missing, and changes nothing when run again', async () => {
    const first = await applyTopology(nc, options);
    expect(first.created).toHaveLength(4 * 2 + 11);
    expect(first.updated).toEqual([]);
    expect(await applyTopology(nc, options)).toEqual({ created: [], updated: [] });
    expect(await topologyDrift(nc, options)).toEqual([]);
  });

  it('reports drift and mends it, but keeps the epoch that a log has got meanwhile', async () => {
    await applyTopology(nc, options);
    const jsm = await jetstreamManager(nc);
    const { config } = await jsm.streams.info('USER_1');
    const metadata = { ...config.metadata, 'odnix.epoch': '2' };
    await jsm.streams.update('USER_1', { max_msgs: 5_000, metadata });

    const planted = { stream: 'USER_1', field: 'max_msgs', expected: -1, actual: 5_000 };
    expect(await topologyDrift(nc, options)).toEqual([planted]);
    expect(await applyTopology(nc, options)).toEqual({ created: [], updated: ['USER_1'] });
    expect(await topologyDrift(nc, options)).toEqual([]);
    expect((await jsm.streams.info('USER_1')).config.metadata?.['odnix.epoch']).toBe('2');
  });

  it('creates a stream that was deleted, and never deletes one', async () => {
    await applyTopology(nc, options);
    const jsm = await jetstreamManager(nc);
    await jsm.streams.delete('RECEIPT_0');
    await jsm.streams.add({ name: 'FOREIGN', subjects: ['foreign.>'] });
    expect(await topologyDrift(nc, options)).toEqual([
      { stream: 'RECEIPT_0', field: 'exists', expected: true, actual: false },
    ]);
    expect(await applyTopology(nc, options)).toEqual({ created: ['RECEIPT_0'], updated: [] });
    expect((await jsm.streams.info('FOREIGN')).config.name).toBe('FOREIGN');
  });

  // Seen failing with every difference of subjects refused, and with none.
  it('gives a stream of an older release the subjects that are new, and takes none away', async () => {
    await applyTopology(nc, options);
    const jsm = await jetstreamManager(nc);
    const { subjects } = (await jsm.streams.info('ACCOUNT_0')).config;
    const fewer = subjects.filter((subject) => !subject.startsWith('contacts.'));
    expect(fewer.length).toBeLessThan(subjects.length);
    await jsm.streams.update('ACCOUNT_0', { subjects: fewer });
    expect(await applyTopology(nc, options)).toEqual({ created: [], updated: ['ACCOUNT_0'] });
    expect((await jsm.streams.info('ACCOUNT_0')).config.subjects.toSorted()).toEqual(subjects.toSorted());
    await jsm.streams.update('ACCOUNT_0', { subjects: [...subjects, 'more.>'] });
    await expect(applyTopology(nc, options)).rejects.toThrow(TopologyRefused);
  });

  it.each([1, 4])(
    'refuses to turn 2 streams per family into %d, and touches nothing',
    async (streamsPerFamily) => {
      await applyTopology(nc, options);
      await expect(applyTopology(nc, { streamsPerFamily, replicas: 1 })).rejects.toThrow(TopologyRefused);
      expect(await topologyDrift(nc, options)).toEqual([]);
    },
  );

  it('refuses a number of replicas that a lone server would only note down', async () => {
    await applyTopology(nc, options);
    await expect(applyTopology(nc, { ...options, replicas: 3 })).rejects.toThrow(
      'NATS.servers is 1, expected 3',
    );
    expect(await topologyDrift(nc, options)).toEqual([]);
  });

  it('lets a single message be erased, and refuses to purge or limit a primary stream', async () => {
    await applyTopology(nc, options);
    const jsm = await jetstreamManager(nc);
    await nc.request('chat.00.a', 'text');
    await nc.request('chat.00.a', 'tombstone');
    expect(await jsm.streams.deleteMessage('CHAT_0', 1)).toBe(true);
    await expect(jsm.streams.purge('CHAT_0')).rejects.toThrow('purge');
  });

  it('runs a scheduled job out of WORK when its time has come', async () => {
    await applyTopology(nc, options);
    const jsm = await jetstreamManager(nc);
    await jsm.consumers.add('WORK', {
      durable_name: 'due',
      filter_subject: 'work.due.>',
      ack_policy: 'explicit',
    });
    const { jetstream } = await import('@nats-io/jetstream');
    const js = jetstream(nc);
    const schedule = { specification: new Date(Date.now() + 200), target: 'work.due.a' };
    await js.publish('work.later.a', 'job', { schedule });
    const consumer = await js.consumers.get('WORK', 'due');
    const job = await consumer.next({ expires: 20_000 });
    expect(job?.string()).toBe('job');
    expect(await job?.ackAck()).toBe(true);
    await expect.poll(async () => (await jsm.streams.info('WORK')).state.messages).toBe(0);
  });
});
