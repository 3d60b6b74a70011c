import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SessionSeen } from '#edge/seen.js';
import { ChannelFrame } from './channel-feed.js';
import { ChannelOutbox } from './channel-outbox.js';
import { buffered_bytes_max, drain_poll_ms } from './limits.js';

const outlet = {
  isOpen: true,
  bufferedBytes: 0,
  sent: [] as string[],
  send(text: string): void {
    this.sent.push(text);
  },
};
const frame = (pts: number) =>
  new ChannelFrame('news', {
    pts,
    source: { stream: 'CHAT_0', sequence: 100 + pts },
    update: { type: 'chat.unseen', chat_id: 'news', chat_pts: pts },
  });
const sent = () =>
  outlet.sent
    .splice(0)
    .map((text) => JSON.parse(text))
    .map(({ method, params }) => [method, params.chat_id, params.chat_pts]);

beforeEach(() => {
  vi.useFakeTimers();
  outlet.bufferedBytes = 0;
  outlet.sent.length = 0;
});
afterEach(() => void vi.useRealTimers());

// Seen failing with the frames of a full socket sent, or left out without a word of where the channel stands.
it('a full socket is sent nothing but, once it has drained, where each channel stands', () => {
  const seen = new SessionSeen();
  const outbox = new ChannelOutbox(outlet, seen);
  const push = (chatId: string, pts: number) => outbox.push(chatId, frame(pts), frame(pts).text);
  push('news', 1);
  outlet.bufferedBytes = buffered_bytes_max + 1;
  push('news', 2);
  push('news', 3);
  push('sport', 9);
  vi.advanceTimersByTime(10 * drain_poll_ms);
  expect(sent()).toEqual([['channel.update', 'news', 1]]);
  outlet.bufferedBytes = buffered_bytes_max;
  push('news', 4);
  vi.advanceTimersByTime(drain_poll_ms);
  expect(sent()).toEqual([]);
  outlet.bufferedBytes = 0;
  vi.advanceTimersByTime(drain_poll_ms);
  expect(sent()).toEqual([
    ['channel.behind', 'news', 4],
    ['channel.behind', 'sport', 9],
  ]);
  push('news', 5);
  expect(sent()).toEqual([['channel.update', 'news', 5]]);
  expect(seen.positions.projected).toEqual({ CHAT_0: 109 });
});

it('what is left is told nothing of', () => {
  const outbox = new ChannelOutbox(outlet, new SessionSeen());
  outlet.bufferedBytes = buffered_bytes_max + 1;
  outbox.push('news', frame(1), frame(1).text);
  outbox.forget('news');
  outlet.bufferedBytes = 0;
  vi.advanceTimersByTime(drain_poll_ms);
  expect(sent()).toEqual([]);
});
