/** A device on a socket that counts its updates, so that what is measured is the server. */
import { WebSocket } from 'ws';

const after_busy_ms_max = 10_000;

export interface Opening {
  readonly url: string;
  readonly accessToken: string;
  readonly syncToken: string;
}

export interface CaughtUp {
  readonly updates: number;
  readonly bytes: number;
  /** From its connection until session.open was answered. */
  readonly open_ms: number;
  /** How often it was sent away, BUSY, before it was let in. */
  readonly refusals: number;
}

/** Resolves once the log has been replayed; throws on a hole, and on any refusal but BUSY. */
export async function catchUp(opening: Opening, onUpdate: (count: number) => void = () => undefined) {
  const socket = await connected(opening.url);
  try {
    return await replayed(socket, opening, onUpdate);
  } finally {
    socket.terminate();
  }
}

async function connected(url: string): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/ws`, 'odnix.v1.json');
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('error', reject);
  });
  return socket;
}

function replayed(
  socket: WebSocket,
  { accessToken, syncToken }: Opening,
  onUpdate: (count: number) => void,
): Promise<CaughtUp> {
  let [updates, bytes, refusals, pts, open_ms] = [0, 0, 0, 0, 0];
  const begun = performance.now();
  const open = () => {
    const client = { name: 'bench', version: '1.0.0' };
    const params = { access_token: accessToken, sync_token: syncToken, client };
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'session.open', params }));
  };
  return new Promise((resolve, reject) => {
    socket.on('close', (code) => reject(new Error(`closed with ${code}`)));
    socket.on('message', (data) => {
      const frame = (data as Buffer).toString('latin1');
      if (frame.startsWith(updateStart)) {
        const next = Number.parseInt(frame.slice(updateStart.length), 10);
        if (pts !== 0 && next !== pts + 1) return reject(new Error(`${next} after ${pts}`));
        [pts, updates, bytes] = [next, updates + 1, bytes + frame.length];
        return onUpdate(updates);
      }
      const { method, error } = JSON.parse(frame) as Message;
      if (method === 'updates.caughtUp') return resolve({ updates, bytes, open_ms, refusals });
      if (error === undefined) return void (open_ms ||= performance.now() - begun);
      if (error.data?.code !== 'BUSY') return reject(new Error(JSON.stringify(error)));
      refusals += 1;
      setTimeout(open, Math.min(error.data.retry_after_ms ?? 0, after_busy_ms_max));
    });
    open();
  });
}

const updateStart = '{"jsonrpc":"2.0","method":"update","params":{"pts":';

interface Message {
  readonly method?: string;
  readonly error?: { readonly data?: { readonly code: string; readonly retry_after_ms?: number } };
}
