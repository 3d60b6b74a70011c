/** What an entry says of a user, and what it becomes when they come or go: pure, the gateways' lives are given. */
import type { PresenceEntry } from '#streams/presence-entry.js';

/** Of one entry: devices of one user on more gateways than this do not occur, starts that were killed may. */
const places_max = 32;

export type Presence =
  { readonly status: 'online' } | { readonly status: 'offline'; readonly last_seen_ms?: number };

export const offline: Presence = { status: 'offline' };

/** When a gateway was last there, if it is gone; null while it lives, or nothing else is known. 0: nobody knows when. */
export type EndOf = (gateway: string) => number | null;

export const samePresence = (one: Presence, other: Presence): boolean =>
  one.status === other.status &&
  (one.status === 'online' || one.last_seen_ms === (other as typeof one).last_seen_ms);

/** Online while a gateway lives that has them. Otherwise seen when the last of those was, or when they left. */
export function presenceIn(entry: PresenceEntry, endOf: EndOf): Presence {
  const { at, last_seen_ms } = settled(entry, endOf);
  if (Object.keys(at).length > 0) return { status: 'online' };
  return last_seen_ms === null ? offline : { status: 'offline', last_seen_ms };
}

/** With this gateway in it. The same one where it is already, and nothing else is to be taken out. */
export function withPlace(
  entry: PresenceEntry,
  gateway: string,
  sinceMs: number,
  endOf: EndOf,
): PresenceEntry {
  const { at, last_seen_ms } = settled(entry, (one) => (one === gateway ? null : endOf(one)));
  const isAsBefore = gateway in at && Object.keys(at).length === Object.keys(entry.at).length;
  if (isAsBefore) return entry;
  const newest = Object.entries(at).toSorted(([, one], [, other]) => other - one);
  return {
    at: { ...Object.fromEntries(newest.slice(0, places_max - 1)), [gateway]: at[gateway] ?? sinceMs },
    last_seen_ms,
  };
}

/** Without this gateway, which they left then. */
export function withoutPlace(
  entry: PresenceEntry,
  gateway: string,
  leftAtMs: number,
  endOf: EndOf,
): PresenceEntry {
  const at = { ...entry.at, [gateway]: entry.at[gateway] ?? leftAtMs };
  return settled({ ...entry, at }, (one) => (one === gateway ? leftAtMs : endOf(one)));
}

/** Without the gateways that are gone: what is known of when they were last there is kept. */
function settled({ at, last_seen_ms }: PresenceEntry, endOf: EndOf): PresenceEntry {
  const places: Record<string, number> = {};
  let lastMs = last_seen_ms ?? 0;
  for (const [gateway, sinceMs] of Object.entries(at)) {
    const endedAtMs = endOf(gateway);
    if (endedAtMs === null) places[gateway] = sinceMs;
    else lastMs = Math.max(lastMs, endedAtMs, sinceMs);
  }
  return { at: places, last_seen_ms: lastMs === 0 ? null : lastMs };
}
