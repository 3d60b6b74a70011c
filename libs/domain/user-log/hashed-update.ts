import { entryValueKeys, type EntryValues, type HashedEntry } from './entry.js';
import type { UpdateNotification } from './update.js';

/**
 * What the running hash covers, taken back out of an update: with it a client that was sent every update computes the
 * hash of its log, and compares it with the server's.
 */
export function hashedEntryOf(
  notification: Pick<UpdateNotification, 'pts' | 'date_ms' | 'commitment' | 'update'>,
): HashedEntry {
  const { pts, date_ms, commitment } = notification;
  const { type: kind, ...update } = notification.update as Shown;
  const { chat_id, chat_pts, seq } = update;
  return {
    pts,
    kind,
    date_ms,
    ...(chat_id === undefined ? {} : { chat_id }),
    ...(chat_pts === undefined ? {} : { chat_pts }),
    ...(seq === undefined ? {} : { seq }),
    ...valuesOf(update),
    ...(commitment === undefined ? {} : { commitment }),
  };
}

type Shown = Pick<UpdateNotification['update'], 'type'> &
  Partial<Pick<HashedEntry, 'chat_id' | 'chat_pts' | 'seq'>> &
  EntryValues;

function valuesOf(update: EntryValues): { readonly values?: EntryValues } {
  const present = entryValueKeys.filter((key) => update[key] !== undefined);
  if (present.length === 0) return {};
  return { values: Object.fromEntries(present.map((key) => [key, update[key]])) };
}
