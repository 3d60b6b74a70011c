/**
 * How a feed joins what is announced live (at most once, perhaps late, twice or not at all) with what is read from the
 * log, a user's or a channel's: a pure state machine whose output is the updates, each once, without a hole, in order.
 *
 *   started     the log's head, read after subscribing: everything later comes out
 *   announced   comes out when it continues what came out; else it is held, and the hole before it is fetched
 *   headSeen    somebody read a later head: announcements were lost, fetch
 *   fetched     what the log holds after `local`
 *   failed      the fetch did not answer; the next headSeen or announcement asks again
 */
import type { AnnouncedUpdate, Announcement } from '#streams/announcement.js';

export const held_announcements_max = 256;

/** What a log consists of, numbered without holes. */
export interface Numbered {
  readonly pts: number;
}

export interface JoinState<Item extends Numbered = AnnouncedUpdate> {
  /** The last pts that came out; null before `started`. */
  readonly local: number | null;
  /** Beyond a hole, in any order; when full the oldest go, because the fetch brings them as well. */
  readonly held: readonly Announcement<Item>[];
  /** The highest pts that the log is known to have. */
  readonly known: number;
  readonly fetching: boolean;
}

export type JoinInput<Item extends Numbered = AnnouncedUpdate> =
  | { readonly kind: 'started'; readonly head: number }
  | { readonly kind: 'announced'; readonly announcement: Announcement<Item> }
  | { readonly kind: 'headSeen'; readonly head: number }
  | { readonly kind: 'fetched'; readonly items: readonly Item[] }
  | { readonly kind: 'failed' };

export interface JoinStep<Item extends Numbered> {
  readonly state: JoinState<Item>;
  /** In order, contiguous, right after the former `local`. */
  readonly deliver: readonly Item[];
  /** Read the log after `state.local` and say `fetched` or `failed`, once. */
  readonly fetch: boolean;
}

export const initialJoin: JoinState<never> = { local: null, held: [], known: 0, fetching: false };

export function join<Item extends Numbered>(state: JoinState<Item>, input: JoinInput<Item>): JoinStep<Item> {
  switch (input.kind) {
    case 'started':
      return settle({ ...state, local: input.head }, []);
    case 'announced':
      return settle(hold(state, input.announcement), []);
    case 'headSeen':
      return settle({ ...state, known: Math.max(state.known, input.head) }, []);
    case 'fetched':
      return settle({ ...state, fetching: false }, input.items);
    case 'failed':
      return { state: { ...state, fetching: false }, deliver: [], fetch: false };
  }
}

function hold<Item extends Numbered>(
  state: JoinState<Item>,
  announcement: Announcement<Item>,
): JoinState<Item> {
  const last = announcement.items.at(-1)?.pts ?? 0;
  const held = [...state.held, announcement].slice(-held_announcements_max);
  return { ...state, held, known: Math.max(state.known, last) };
}

/** Lets out whatever continues `local`, and asks for the log when the rest stands beyond a hole. */
function settle<Item extends Numbered>(state: JoinState<Item>, fetched: readonly Item[]): JoinStep<Item> {
  if (state.local === null) return { state, deliver: [], fetch: false };
  const deliver: Item[] = [];
  let local = state.local;
  const take = (items: readonly Item[]) => {
    for (const item of items) {
      if (item.pts !== local + 1) continue;
      deliver.push(item);
      local = item.pts;
    }
  };
  take(fetched);
  const held = state.held.toSorted((one, other) => one.prev_pts - other.prev_pts);
  for (const announcement of held) take(announcement.items);
  const beyond = held.filter(({ items }) => (items.at(-1)?.pts ?? 0) > local);
  const fetch = !state.fetching && state.known > local;
  return { state: { ...state, local, held: beyond, fetching: state.fetching || fetch }, deliver, fetch };
}
