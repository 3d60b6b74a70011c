import type { ChannelUpdate, Update } from '#domain/user-log/update.js';

/**
 * What the timeline tells gateways after the store's acknowledgement: on `live.user.<userId>` of new entries of a user's log,
 * on `live.chat.<chatId>` of what happened in a channel, by the chat's own numbering. At most once, bodies included. A gateway
 * whose position is not `prev_pts` fetches what is between from the log.
 */
export interface Announcement<Item = AnnouncedUpdate> {
  /** The pts before the first item. */
  readonly prev_pts: number;
  readonly items: readonly Item[];
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
  /** Of the announcement's span, when the trace of what caused it is sampled: one announcement may tell of several traces. */
  readonly traceparent?: string;
  readonly update: Update;
}

/** `pts`: the event's chat_pts. */
export interface AnnouncedChannelUpdate extends Pick<AnnouncedUpdate, 'pts' | 'source' | 'traceparent'> {
  readonly update: ChannelUpdate;
}

/** Null for what is none: any process of the reader's account may send to its subject. */
export const readAnnouncement = (text: string): Announcement | null =>
  parsed<AnnouncedUpdate>(text, ({ hash }) => typeof hash === 'string');

export const readChannelAnnouncement = (text: string): Announcement<AnnouncedChannelUpdate> | null =>
  parsed<AnnouncedChannelUpdate>(text, () => true);

function parsed<Item extends AnnouncedChannelUpdate>(
  text: string,
  isWhole: (item: Partial<Item>) => boolean,
): Announcement<Item> | null {
  try {
    const { prev_pts, items } = JSON.parse(text) as Partial<Announcement<Item>>;
    if (!Number.isSafeInteger(prev_pts) || !Array.isArray(items)) return null;
    const isNext = (item: Partial<Item> | null, index: number): boolean =>
      item?.pts === prev_pts! + index + 1 &&
      typeof item.source?.stream === 'string' &&
      typeof item.update?.type === 'string' &&
      (item.traceparent === undefined || typeof item.traceparent === 'string') &&
      isWhole(item);
    return items.every(isNext) ? { prev_pts: prev_pts!, items } : null;
  } catch {
    return null;
  }
}
