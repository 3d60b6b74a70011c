/** Many sockets with a session each, in one process: those that are only there, and those that count what they are told. */
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { PresenceWatchResult } from '#protocol/methods/presence.js';

const opened_at_once = 64;
const watching_at_once = 8;
const busy_ms = 500;
const ping_ms = 20_000;
const presenceStart = '{"jsonrpc":"2.0","method":"presence"';

export interface Person {
  readonly userId: string;
  readonly token: string;
}

/** The first so many at a time; resolves when all have a session, each at the gateway of its turn. */
export async function openAll(urls: readonly string[], people: readonly Person[]): Promise<WebSocket[]> {
  const sockets: WebSocket[] = [];
  const rest = people.entries();
  const lane = async (): Promise<void> => {
    for (const [index, { token }] of rest) sockets[index] = await opened(urls[index % urls.length]!, token);
  };
  await Promise.all(Array.from({ length: opened_at_once }, lane));
  return sockets;
}

/** A few at a time; who is told that the server is busy asks again. */
export async function watchAll(
  sockets: readonly WebSocket[],
  listOf: (index: number) => readonly string[],
): Promise<Watcher[]> {
  const watchers: Watcher[] = [];
  const rest = sockets.entries();
  const lane = async (): Promise<void> => {
    for (const [index, socket] of rest)
      while (!watchers[index])
        await Watcher.on(socket, listOf(index)).then(
          (watcher) => (watchers[index] = watcher),
          () => pause(busy_ms),
        );
  };
  await Promise.all(Array.from({ length: watching_at_once }, lane));
  return watchers;
}

async function opened(url: string, access_token: string): Promise<WebSocket> {
  for (;;) {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/ws`, 'odnix.v1.json');
    socket.on('error', () => undefined);
    const pings = setInterval(() => socket.ping(), ping_ms);
    socket.once('close', () => clearInterval(pings));
    const params = { access_token, client: { name: 'bench', version: '1.0.0' } };
    if (
      await new Promise<boolean>((resolve) => {
        socket.once(
          'open',
          () =>
            void request(socket, 'session.open', params).then(
              () => resolve(true),
              () => resolve(false),
            ),
        );
        socket.once('close', () => resolve(false));
      })
    )
      return socket;
    socket.terminate();
    await pause(busy_ms);
  }
}

/** Rejects with the error's code. */
export function request(socket: WebSocket, method: string, params: object): Promise<object> {
  return new Promise((resolve, reject) => {
    const heard = (data: unknown): void => {
      const frame = (data as Buffer).toString();
      if (!frame.startsWith('{"jsonrpc":"2.0","id":1,')) return;
      socket.off('message', heard);
      const { result, error } = JSON.parse(frame) as { result?: object; error?: { data?: { code: string } } };
      if (result) resolve(result);
      else reject(new Error(error?.data?.code ?? frame));
    };
    socket.on('message', heard);
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }));
  });
}

/** One session that watches some people, and knows how many of them it was told to be there. */
export class Watcher {
  private readonly online = new Set<string>();
  notifications_count = 0;
  lastToldAtMs = 0;

  private constructor(readonly watched: number) {}

  static async on(socket: WebSocket, userIds: readonly string[]): Promise<Watcher> {
    const watcher = new Watcher(userIds.length);
    socket.on('message', (data) => watcher.hear((data as Buffer).toString()));
    const { presence } = (await request(socket, 'presence.watch', {
      user_ids: userIds,
    })) as PresenceWatchResult;
    for (const { user_id, status } of presence) watcher.note(user_id, status);
    return watcher;
  }

  get online_count(): number {
    return this.online.size;
  }

  private hear(frame: string): void {
    if (!frame.startsWith(presenceStart)) return;
    const { params } = JSON.parse(frame) as { params: { user_id: string; status: string } };
    this.notifications_count += 1;
    this.lastToldAtMs = performance.now();
    this.note(params.user_id, params.status);
  }

  private note(userId: string, status: string): void {
    if (status === 'online') this.online.add(userId);
    else this.online.delete(userId);
  }
}
