import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startNats, type TestNats } from '../test/support/servers.js';
import { connectNats } from './connection.js';
import { DirectGet } from './direct-get.js';
import { publishOne } from './publish-one.js';
import { PublishRejected } from './publish-result.js';

const data = new TextEncoder().encode('text');

describe('publishOne', () => {
  let server: TestNats;
  let nc: NatsConnection;
  beforeEach(async () => {
    server = await startNats();
    nc = await connectNats(server.url, { name: 'publish spec' });
    const jsm = await jetstreamManager(nc);
    await jsm.streams.add({ name: 'S', subjects: ['s.>'], allow_direct: true });
  });
  afterEach(async () => {
    await nc.close();
    await server.stop();
  });

  it('stores with headers and answers the sequence', async () => {
    expect(await publishOne(nc, { subject: 's.a', data, headers: { 'Odnix-Kind': 'x' } })).toEqual({
      ok: true,
      sequence: 1,
    });
    const stored = await new DirectGet(nc).getBySequence('S', 1);
    expect(stored?.headers.get('Odnix-Kind')).toBe('x');
    expect(stored?.data).toEqual(Buffer.from(data));
  });

  it('lets exactly one of two writers with the same expectation win', async () => {
    const write = () => publishOne(nc, { subject: 's.a', data, expectedLastSubjectSequence: 0 });
    const results = await Promise.all([write(), write(), write()]);
    expect(results.filter(({ ok }) => ok)).toEqual([{ ok: true, sequence: 1 }]);
    for (const lost of results.filter(({ ok }) => !ok)) expect(lost).toMatchObject({ reason: 'conflict' });
  });

  it('names the sequence that a repeated message id already has', async () => {
    await publishOne(nc, { subject: 's.a', data, msgId: 'one' });
    expect(await publishOne(nc, { subject: 's.b', data })).toEqual({ ok: true, sequence: 2 });
    const again = await publishOne(nc, { subject: 's.a', data, msgId: 'one' });
    expect(again).toEqual({ ok: false, reason: 'duplicate', duplicateOf: 1 });
  });

  it('tells too large and unavailable, and throws what no retry mends', async () => {
    const big = new Uint8Array(nc.info!.max_payload + 1);
    expect(await publishOne(nc, { subject: 's.a', data: big })).toEqual({ ok: false, reason: 'too_large' });
    expect(await publishOne(nc, { subject: 'nobody.listens', data })).toEqual({
      ok: false,
      reason: 'unavailable',
    });
    const wrongStream = { 'Nats-Expected-Stream': 'T' };
    await expect(publishOne(nc, { subject: 's.a', data, headers: wrongStream })).rejects.toThrow(
      PublishRejected,
    );
  });

  it('times out while disconnected, drops what it could not send, and goes on after the reconnect', async () => {
    await publishOne(nc, { subject: 's.a', data });
    await server.kill();
    const whileDown = await publishOne(nc, { subject: 's.a', data }, { timeoutMs: 300 });
    expect(whileDown).toEqual({ ok: false, reason: 'timeout' });
    await server.restart();
    const write = () =>
      publishOne(nc, { subject: 's.a', data, expectedLastSubjectSequence: 1 }, { timeoutMs: 500 });
    await expect.poll(write, { timeout: 60_000 }).toEqual({ ok: true, sequence: 2 });
  });
});
