/** Sockets with a session each, opened some at a time; who is told that the server is busy comes again. */
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { inLanes } from '../support/lanes.js';
import type { Crowd } from './orders.js';
import { answeredBy, errorOf } from './frames.js';

const opened_at_once = 48;
const again_ms = 300;
const tries_max = 100;
const ping_ms = 20_000;
const open_id = 0;

/** In order. */
export async function openSockets({ to, sockets }: Pick<Crowd, 'to' | 'sockets'>): Promise<WebSocket[]> {
  return inLanes(opened_at_once, sockets.length, async (index) => {
    const { url, token } = sockets[index]!;
    for (let tries = 1; ; tries++) {
      try {
        return to === 'relay' ? await connected(url) : await withSession(url, token);
      } catch (error) {
        if (tries === tries_max) throw error;
        await pause(again_ms);
      }
    }
  });
}

async function withSession(url: string, access_token: string): Promise<WebSocket> {
  const socket = await connected(`${url.replace('http', 'ws')}/v1/ws`);
  const params = { access_token, client: { name: 'bench', version: '1.0.0' } };
  socket.send(JSON.stringify({ jsonrpc: '2.0', id: open_id, method: 'session.open', params }));
  await new Promise<void>((resolve, reject) => {
    const hear = (data: Buffer): void => {
      if (answeredBy(data) !== open_id) return;
      socket.off('message', hear);
      const code = errorOf(data);
      if (code === null) return resolve();
      socket.terminate();
      reject(new Error(`session.open: ${code}`));
    };
    socket.on('message', hear);
    socket.once('close', (code) => reject(new Error(`closed with ${code}`)));
  });
  return socket;
}

/** It says that it is there now and then, as clients do. */
async function connected(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url, { perMessageDeflate: false, skipUTF8Validation: true });
  const opened = new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('error', reject);
  });
  socket.on('error', () => undefined);
  await opened;
  const pinging = setInterval(() => socket.ping(), ping_ms);
  socket.once('close', () => clearInterval(pinging));
  return socket;
}
