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
