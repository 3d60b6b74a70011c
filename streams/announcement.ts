import type { Update } from '#domain/user-log/update.js';

/**
 * What the timeline tells gateways on `live.user.<userId>` after the store's acknowledgement: at most once, bodies
 * included. A gateway whose position is not `prev_pts` fetches what is between from the log.
 */
export interface Announcement {
  /** The pts before the first item. */
  readonly prev_pts: number;
  readonly items: readonly AnnouncedUpdate[];
}

export interface AnnouncedUpdate {
  readonly pts: number;
  readonly date_ms: number;
  readonly commitment?: string;
  /** The entry's place in its USER stream, and its running hash: what a sync token is made of. */
  readonly sequence: number;
  readonly hash: string;
  /** The place of the event behind it: what later queries of a session that saw it must cover. */
  readonly source: { readonly stream: string; readonly sequence: number };
  readonly update: Update;
}

/** Null for what is none: any process of the reader's account may send to its subject. */
export function readAnnouncement(text: string): Announcement | null {
  try {
    const { prev_pts, items } = JSON.parse(text) as Partial<Announcement>;
    if (!Number.isSafeInteger(prev_pts) || !Array.isArray(items)) return null;
    const isNext = (item: Partial<AnnouncedUpdate> | null, index: number): boolean =>
      item?.pts === prev_pts! + index + 1 &&
      typeof item.hash === 'string' &&
      typeof item.source?.stream === 'string' &&
      typeof item.update?.type === 'string';
    return items.every(isNext) ? { prev_pts: prev_pts!, items } : null;
  } catch {
    return null;
  }
}
