/** Seen failing: with a share that does not shrink, with what was sent since the last look not counted, with a quarter left out. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SendBuffers, type SendBuffer } from './send-buffers.js';

const limits = { client_bytes_max: 1_000, client_bytes_min: 100, process_bytes_max: 10_000, look_ms: 50 };

class Client implements SendBuffer {
  bufferedBytes = 0;
  isOpen = true;
  constructor(private readonly buffers: SendBuffers) {}
  send(bytes: number): void {
    this.bufferedBytes += bytes;
    this.buffers.sent(this, bytes);
  }
}

let buffers: SendBuffers;
beforeEach(() => {
  vi.useFakeTimers();
  buffers = new SendBuffers(limits);
});
afterEach(() => {
  buffers.close();
  vi.useRealTimers();
});

test('a client is full above its share', () => {
  const client = new Client(buffers);
  client.send(1_000);
  expect(buffers.isFull(client)).toBe(false);
  client.send(1);
  expect(buffers.isFull(client)).toBe(true);
});

test('shares shrink before all together hold too much, and grow again; who reads has room all the time', async () => {
  const reader = new Client(buffers);
  const sleepers = Array.from({ length: 200 }, () => new Client(buffers));
  for (let round = 0; round < 20; round++) {
    for (const sleeper of sleepers) if (!buffers.isFull(sleeper)) sleeper.send(50);
    await vi.advanceTimersByTimeAsync(limits.look_ms);
    expect(buffers.isFull(reader)).toBe(false);
  }
  const held = sleepers.reduce((sum, { bufferedBytes }) => sum + bufferedBytes, 0);
  expect(held).toBeLessThanOrEqual(sleepers.length * (limits.client_bytes_min + 50));
  expect(buffers.shareBytes).toBe(limits.client_bytes_min);
  for (const sleeper of sleepers) sleeper.bufferedBytes = 0;
  await vi.advanceTimersByTimeAsync(limits.look_ms);
  expect(buffers.shareBytes).toBe(limits.client_bytes_max);
});

test('within one moment all together are not given more than there is', () => {
  const clients = Array.from({ length: 100 }, () => new Client(buffers));
  for (const client of clients)
    while (!buffers.isFull(client) && client.bufferedBytes < 500) client.send(100);
  const held = clients.reduce((sum, { bufferedBytes }) => sum + bufferedBytes, 0);
  expect(held).toBeLessThanOrEqual(
    limits.process_bytes_max + clients.length * (limits.client_bytes_min + 100),
  );
});

test('waits until three quarters are free, or the time is over, or it has closed', async () => {
  const [drains, stays, goes] = Array.from({ length: 3 }, () => new Client(buffers)) as [
    Client,
    Client,
    Client,
  ];
  for (const client of [drains, stays, goes]) client.send(1_500);
  const outcomes: Record<string, boolean> = {};
  for (const [name, client] of Object.entries({ drains, stays, goes }))
    void buffers.drained(client, 1_000).then((isDrained) => (outcomes[name] = isDrained));
  drains.bufferedBytes = 251;
  await vi.advanceTimersByTimeAsync(limits.look_ms);
  expect(outcomes).toEqual({});
  drains.bufferedBytes = 250;
  buffers.remove(goes);
  await vi.advanceTimersByTimeAsync(limits.look_ms);
  expect(outcomes).toEqual({ drains: true, goes: false });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(outcomes).toEqual({ drains: true, goes: false, stays: false });
  stays.isOpen = false;
  expect(await buffers.drained(stays, 1_000)).toBe(false);
});
