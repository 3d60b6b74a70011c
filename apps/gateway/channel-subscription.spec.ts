import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ChannelUpdate } from '#domain/user-log/update.js';
import type { ChannelHead } from '#edge/channel-log.js';
import { ChannelFrame, type ChannelFeed, type ChannelListener } from './channel-feed.js';
import { ChannelSubscription } from './channel-subscription.js';

const user = 'anna';
type Happening = 'message' | 'joins' | 'leaves';

/** A channel's log, by what happens to one user in it. */
function updateOf(happening: Happening, pts: number): ChannelUpdate {
  const about = { chat_id: 'news', chat_pts: pts };
  if (happening === 'message') return { type: 'chat.unseen', ...about };
  const [added, removed] =
    happening === 'joins' ? [[{ user_id: user, role: 'member' as const }], []] : [[], [user]];
  return { type: 'chat.members', ...about, added, removed, changed: [], member_count: 1 };
}

const isInAt = (log: readonly Happening[], pts: number): boolean =>
  log.slice(0, pts).findLast((happening) => happening !== 'message') === 'joins';

function headAt(log: readonly Happening[], pts: number): ChannelHead {
  const member = { user_id: user, role: 'member' as const, joined_at_ms: 0, visible_from_seq: 1 };
  const members = new Map(isInAt(log, pts) ? [[user, member]] : []);
  return { pts, sequence: pts, stream: 'CHAT_0', members };
}

// Broken, each seen here: removals before the admission forgotten; admission from the feed's place alone, or from the
// head's alone; the removal itself pushed; a removal of before the admission taken for one after it.
it('is pushed every number from its admission to its user’s removal, and none while they are not in it', () => {
  const happening = fc.constantFrom<Happening>('message', 'message', 'message', 'joins', 'leaves');
  const logs = fc.array(happening, { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(logs, fc.nat(12), fc.nat(12), fc.nat(12), (log, one, two, three) => {
      const bounded = [one, two, three].map((pts) => Math.min(pts, log.length)).sort((a, b) => a - b);
      // It listens when the feed is at the first, the feed is at the second or third when the head is known.
      for (const [from, feedAt, head] of [bounded, [bounded[0]!, bounded[2]!, bounded[1]!]] as [
        number,
        number,
        number,
      ][]) {
        const listeners = new Set<ChannelListener>();
        const feed = { chatId: 'news', listeners, pts: from };
        const pushed: number[] = [];
        const told: number[] = [];
        const outlet = {
          push: (_chatId: string, { item }: ChannelFrame) => pushed.push(item.pts),
          behind: (_chatId: string, pts: number) => told.push(pts),
        };
        const on = { removed: () => undefined, lost: () => undefined };
        const subscription = new ChannelSubscription(feed as unknown as ChannelFeed, user, outlet, on);
        const deliver = (upTo: number) => {
          while (feed.pts < upTo) {
            feed.pts += 1;
            const source = { stream: 'CHAT_0', sequence: feed.pts };
            const update = updateOf(log[feed.pts - 1]!, feed.pts);
            const frame = new ChannelFrame('news', { pts: feed.pts, source, update });
            for (const { receive } of listeners) receive([frame]);
          }
        };
        deliver(feedAt);
        const after = Math.max(head, feedAt);
        const isIn = isInAt(log, head) && !log.slice(head, feedAt).includes('leaves');
        expect(subscription.admit(headAt(log, head))).toBe(isIn);
        deliver(log.length);
        const gone = log.findIndex((what, index) => index >= after && what === 'leaves');
        const end = gone === -1 ? log.length : gone;
        const run = Array.from({ length: Math.max(0, end - after) }, (_, index) => after + 1 + index);
        expect(pushed).toEqual(isIn ? run : []);
        expect(told).toEqual(isIn ? [after] : []);
      }
    }),
    { numRuns: 500 },
  );
});

it('the user’s own log ends it as well, unless it tells of an earlier time', () => {
  const log: Happening[] = ['joins', 'leaves', 'joins'];
  const ended: string[] = [];
  const feed = { chatId: 'news', listeners: new Set(), pts: 3 } as unknown as ChannelFeed;
  const on = { removed: () => ended.push('removed'), lost: () => undefined };
  const outlet = { push: () => undefined, behind: () => undefined };
  const subscription = new ChannelSubscription(feed, user, outlet, on);
  subscription.removed(2);
  expect(subscription.admit(headAt(log, 3))).toBe(true);
  subscription.removed(2);
  expect([subscription.isOver, ended]).toEqual([false, []]);
  subscription.removed(4);
  expect([subscription.isOver, ended]).toEqual([true, ['removed']]);
});
