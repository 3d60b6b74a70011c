/** The least that pushing can cost: the same frames, as often, from a bare WebSocket server to as many sockets. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { Durations } from '../support/percentiles.js';
import { Watch } from '../support/usage.js';
import { period_ms, ticks_per_period, type Phase } from './figures.js';

const stamp_chars = 20;
const frame_chars = 330;
const warm_up_ms = 2_000;

export async function measureFloor(count: number, seconds: number): Promise<Phase> {
  const settings = { PERIOD_MS: String(period_ms), TICKS: String(ticks_per_period) };
  const env = { ...process.env, FRAME: 'x'.repeat(frame_chars), ...settings };
  const child = fork(join(import.meta.dirname, 'floor-server.ts'), { env });
  const sockets: WebSocket[] = [];
  try {
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    let latency = new Durations();
    for (let index = 0; index < count; index++) {
      const socket = new WebSocket(`ws://127.0.0.1:${port}`);
      await once(socket, 'open');
      socket.on('message', (data) => {
        const sentMs = Number((data as Buffer).subarray(0, stamp_chars).toString('latin1'));
        latency.add(performance.timeOrigin + performance.now() - sentMs);
      });
      sockets.push(socket);
    }
    await new Promise((resolve) => setTimeout(resolve, warm_up_ms));
    latency = new Durations();
    const watch = new Watch(child.pid!);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    watch.stop();
    return { latency, usage: watch.usage() };
  } finally {
    for (const socket of sockets) socket.terminate();
    child.kill('SIGKILL');
  }
}
