/**
 * I2 at the gateway. Seen failing: with `item.pts !== local + 1` changed to `item.pts <= local` (holes come out), with
 * the same line removed (repeats come out), with that done to announcements alone, whatever came before them, and with
 * `fetch` never asked for (a lost announcement is never made up).
 */
import { expect, test } from 'vitest';
import type { AnnouncedUpdate, Announcement } from '#streams/announcement.js';
import { held_announcements_max, initialJoin, join, type JoinInput, type JoinState } from './join.js';

const item = (pts: number): AnnouncedUpdate => ({
  pts,
  date_ms: pts,
  sequence: pts * 10,
  hash: '',
  source: { stream: 'CHAT_0', sequence: pts },
  update: { type: 'device.removed', device_id: String(pts) },
});
const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => item(from + index));
const announced = (from: number, to = from): Announcement => ({ prev_pts: from - 1, items: range(from, to) });

/** A feed over a log; fetches are answered when the script says so, with at most `slice` entries. */
class Feed {
  state: JoinState = initialJoin;
  out: number[] = [];
  fetches = 0;
  constructor(
    readonly log: { head: number },
    readonly slice = 2,
  ) {}
  say(input: JoinInput): void {
    const step = join(this.state, input);
    this.state = step.state;
    this.out.push(...step.deliver.map(({ pts }) => pts));
    if (step.fetch) this.fetches += 1;
  }
  answerFetch(): void {
    if (this.fetches === 0) return;
    this.fetches -= 1;
    const from = this.state.local! + 1;
    this.say({ kind: 'fetched', items: range(from, Math.min(this.log.head, from + this.slice - 1)) });
  }
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((one, index) =>
    permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [one, ...rest]),
  );
}

const scripts = permutations(['start', 1, 2, 3, 4, 'fetch'] as const);

test.for([
  ['everything announced once', (pts: number) => [announced(pts)]],
  ['everything announced twice', (pts: number) => [announced(pts), announced(pts)]],
  ['the second lost', (pts: number) => (pts === 2 ? [] : [announced(pts)])],
  ['the last lost', (pts: number) => (pts === 4 ? [] : [announced(pts)])],
  ['all lost', () => []],
  [
    'announced together, and again one by one',
    (pts: number) => (pts === 2 ? [announced(1, 3)] : [announced(pts)]),
  ],
] as const)('%s: in every order the log comes out whole, once, in order', ([, announcements]) => {
  for (const headAtStart of [0, 1, 2, 4]) {
    for (const script of scripts) {
      const feed = new Feed({ head: headAtStart });
      for (const step of script) {
        if (step === 'start') feed.say({ kind: 'started', head: headAtStart });
        else if (step === 'fetch') feed.answerFetch();
        else {
          feed.log.head = Math.max(feed.log.head, step);
          for (const announcement of announcements(step)) feed.say({ kind: 'announced', announcement });
        }
        expect(feed.fetches, 'one fetch at a time').toBeLessThanOrEqual(1);
      }
      feed.log.head = 4;
      feed.say({ kind: 'headSeen', head: 4 });
      while (feed.fetches > 0) feed.answerFetch();
      expect(feed.out, `${script.join(' ')} from ${headAtStart}`).toEqual(
        range(headAtStart + 1, 4).map(({ pts }) => pts),
      );
      expect(feed.state).toEqual({ local: 4, held: [], known: 4, fetching: false });
    }
  }
});

test('a fetch that fails is asked for again by the next sign of a hole', () => {
  const feed = new Feed({ head: 3 });
  feed.say({ kind: 'started', head: 0 });
  feed.say({ kind: 'announced', announcement: announced(3) });
  expect(feed.fetches).toBe(1);
  feed.fetches = 0;
  feed.say({ kind: 'failed' });
  expect([feed.fetches, feed.out]).toEqual([0, []]);
  feed.say({ kind: 'headSeen', head: 3 });
  expect(feed.fetches).toBe(1);
  while (feed.fetches > 0) feed.answerFetch();
  expect(feed.out).toEqual([1, 2, 3]);
});

test('what is held is bounded, and what was dropped is fetched', () => {
  const feed = new Feed({ head: 1_000 }, 500);
  feed.say({ kind: 'started', head: 0 });
  for (let pts = 2; pts <= 1_000; pts++) feed.say({ kind: 'announced', announcement: announced(pts) });
  expect(feed.state.held).toHaveLength(held_announcements_max);
  while (feed.fetches > 0) feed.answerFetch();
  expect(feed.out).toEqual(range(1, 1_000).map(({ pts }) => pts));
});
