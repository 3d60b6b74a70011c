/** Sockets with a session each, opened some at a time; who is told that the server is busy comes again. */
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { inLanes } from '../support/lanes.js';
import { answeredBy } from './frames.js';
import type { Crowd } from './orders.js';

export const opened_at_once = 48;
const again_ms = 300;
const tries_max = 200;
const ping_ms = 20_000;
const open_id = 0;

export interface OpenSocket {
  readonly socket: WebSocket;
  /** Of the log when the session was opened; none at a relay. */
  readonly syncToken?: string | undefined;
}

interface Opening {
  readonly url: string;
  readonly token: string;
  readonly syncToken?: string | undefined;
  /** Of everything after the session's answer, what came in the same packet included: listening later is too late for that. */
  readonly hear?: (frame: Buffer) => void;
}

/** In order. */
export async function openSockets({ to, sockets }: Pick<Crowd, 'to' | 'sockets'>): Promise<WebSocket[]> {
  const all = await inLanes(opened_at_once, sockets.length, (index) => openSocket(to, sockets[index]!));
  return all.map(({ socket }) => socket);
}

/** `patience`: how often it comes again. */
export async function openSocket(
  to: Crowd['to'],
  opening: Opening,
  patience = tries_max,
): Promise<OpenSocket> {
  for (let tries = 1; ; tries++) {
    try {
      return to === 'relay' ? { socket: await connected(opening.url) } : await withSession(opening);
    } catch (error) {
      if (tries >= patience) throw error;
      await pause(again_ms);
    }
  }
}

async function withSession({ url, token, syncToken, hear }: Opening): Promise<OpenSocket> {
  const socket = await connected(`${url.replace('http', 'ws')}/v1/ws`);
  const identity = { access_token: token, client: { name: 'bench', version: '1.0.0' } };
  const params = { ...identity, ...(syncToken === undefined ? {} : { sync_token: syncToken }) };
  socket.send(JSON.stringify({ jsonrpc: '2.0', id: open_id, method: 'session.open', params }));
  const { result, error } = await answer(socket, hear);
  if (result !== undefined) return { socket, syncToken: result.sync_token };
  socket.terminate();
  throw new Error(`session.open: ${error?.data?.code ?? 'refused'}`);
}

interface Answer {
  readonly result?: { readonly sync_token: string };
  readonly error?: { readonly data?: { readonly code: string } };
}

function answer(socket: WebSocket, hearAfter?: (frame: Buffer) => void): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const closed = (code: number): void => reject(new Error(`closed with ${code}`));
    const hear = (data: Buffer): void => {
      if (answeredBy(data) !== open_id) return;
      socket.off('message', hear);
      socket.off('close', closed);
      if (hearAfter !== undefined) socket.on('message', hearAfter);
      resolve(JSON.parse(data.toString()) as Answer);
    };
    socket.on('message', hear);
    socket.once('close', closed);
  });
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
