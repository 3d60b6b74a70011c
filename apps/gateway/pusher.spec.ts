/**
 * The hand-over between reading and live push, one socket. Seen failing: with live push going on into a full socket
 * (everything lands in its buffer), with `isNext` not looked at (a hole), with repeats not skipped, with every failure told,
 * and with `this.position.pts >= feed.pts` left out (what the feed had let out before never comes).
 */
import { beforeEach, expect, test, vi } from 'vitest';
import { closeCodes } from '#protocol/errors.js';
import { logStart, type LogPosition } from '#edge/log-position.js';
import type { EdgeServices } from '#edge/open-edge.js';
import { SessionSeen } from '#edge/seen.js';
import type { AnnouncedUpdate } from '#streams/announcement.js';
import { read_retry_ms_max } from './limits.js';
import { Pusher, type Outlet } from './pusher.js';
import { Outgoing } from './outgoing.js';
import type { PushedUpdate, UserFeed } from './user-feed.js';

const item = (pts: number): AnnouncedUpdate => ({
  pts,
  date_ms: pts,
  sequence: pts,
  hash: 'AAAA',
  source: { stream: 'CHAT_0', sequence: pts },
  update: { type: 'device.removed', device_id: 'd' },
});
const live = (...all: number[]): PushedUpdate[] =>
  all.map((pts) => {
    const message = new Outgoing({ jsonrpc: '2.0', id: pts, result: {} });
    return { item: item(pts), message, heardMs: 0 };
  });

class Socket implements Outlet {
  isOpen = true;
  isFull = false;
  isTooSlow = false;
  frames: string[] = [];
  closedWith: number | undefined;
  send(message: Outgoing): void {
    this.frames.push(message.as('json').toString());
  }
  async drained(): Promise<boolean> {
    if (this.isTooSlow) return false;
    await vi.waitUntil(() => !this.isFull);
    return true;
  }
  close(code: number): void {
    this.closedWith = code;
    this.isOpen = false;
  }
  get pts(): number[] {
    const updates = this.frames
      .map((frame) => JSON.parse(frame))
      .filter(({ id, method }) => id !== undefined || method === 'update');
    return updates.map(({ id, params }) => id ?? params.pts);
  }
}

let head: number;
let sliceMax: number;
let feedPts: number;
let failuresLeft: number;
let failuresTold: number;
let socket: Socket;
let pusher: Pusher;

beforeEach(() => {
  [head, sliceMax, feedPts, socket] = [0, 500, 0, new Socket()];
  [failuresLeft, failuresTold] = [0, 0];
  const updatesAfter = (_user: string, at: LogPosition, max: number) => {
    if (failuresLeft-- > 0) return Promise.reject(new Error('away'));
    const items = Array.from({ length: Math.min(max, sliceMax, head - at.pts) }, (_, index) =>
      item(at.pts + 1 + index),
    );
    return Promise.resolve({ items, more: at.pts + items.length < head });
  };
  const tokens = {
    encode: () => 't',
    notification: (_u: string, _e: number, { pts }: AnnouncedUpdate) => ({ pts }),
  };
  const edge = { catchUp: { updatesAfter }, tokens } as unknown as EdgeServices;
  const feed = {
    userId: 'u',
    epoch: 1,
    get pts() {
      return feedPts;
    },
    headSeen: () => undefined,
  } as unknown as UserFeed;
  const options = {
    edge,
    feed,
    outlet: socket,
    seen: new SessionSeen(),
    onPushed: () => undefined,
    onFailure: () => void (failuresTold += 1),
  };
  pusher = new Pusher(options, logStart);
});
const sent = (count: number) => vi.waitFor(() => expect(socket.frames.length).toBeGreaterThanOrEqual(count));

test('reads up to the feed, says caughtUp once, then is live; repeats are skipped', async () => {
  head = feedPts = 5;
  pusher.start(5, true);
  await sent(6);
  pusher.receive(live(4, 5, 6, 7));
  pusher.receive(live(7, 8));
  expect(socket.pts).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(socket.frames.filter((frame) => frame.includes('caughtUp'))).toHaveLength(1);
});

test('it is not live before it has met the feed, which may be ahead of the head that the session began with', async () => {
  sliceMax = 3;
  head = feedPts = 5;
  pusher.start(3, true);
  await sent(6);
  expect(socket.pts).toEqual([1, 2, 3, 4, 5]);
  expect(socket.frames.at(-1)).toContain('"pts":5');
});

test('a full socket is given nothing more; drained, it is given what it missed, from the log', async () => {
  pusher.start(0, false);
  await new Promise((resolve) => setImmediate(resolve));
  pusher.receive(live(1));
  socket.isFull = true;
  for (let pts = 2; pts <= 50; pts++) pusher.receive(live(pts));
  expect(socket.pts).toEqual([1]);
  head = feedPts = 50;
  socket.isFull = false;
  await sent(50);
  expect(socket.pts).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
});

test('a log that cannot be read is waited for, longer each time, and told of once', async () => {
  vi.useFakeTimers();
  [head, feedPts, failuresLeft] = [5, 5, 8];
  pusher.start(5, true);
  await vi.advanceTimersByTimeAsync(read_retry_ms_max);
  expect(failuresLeft).toBeGreaterThan(0);
  await vi.advanceTimersByTimeAsync(8 * read_retry_ms_max);
  vi.useRealTimers();
  expect(socket.pts).toEqual([1, 2, 3, 4, 5]);
  expect(failuresTold).toBe(1);
});

test('a hole in what comes live sends it back to the log', async () => {
  pusher.start(0, false);
  await new Promise((resolve) => setImmediate(resolve));
  head = feedPts = 3;
  pusher.receive(live(3));
  await sent(3);
  expect(socket.pts).toEqual([1, 2, 3]);
});

test('of a slice only what fits is sent; the rest is read again when there is room', async () => {
  head = feedPts = 50;
  vi.spyOn(socket, 'send').mockImplementation((message) => {
    socket.frames.push(message.as('json').toString());
    socket.isFull = socket.frames.length === 10;
  });
  pusher.start(50, true);
  await sent(10);
  await new Promise((resolve) => setImmediate(resolve));
  expect(socket.pts).toHaveLength(10);
  socket.isFull = false;
  await sent(51);
  expect(socket.pts).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
});

test('a socket that never drains is closed', async () => {
  socket.isTooSlow = true;
  pusher.start(0, true);
  await vi.waitFor(() => expect(socket.closedWith).toBe(closeCodes.too_slow));
  expect(socket.frames).toEqual([]);
});
