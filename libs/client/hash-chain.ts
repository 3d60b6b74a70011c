import { entryHash, entryValueKeys, type EntryValues, type HashedEntry } from '#domain/user-log/entry.js';
import type { Update, UpdateNotification } from '#domain/user-log/update.js';
import type { Sha256 } from '#domain/kernel/hashing.js';

/** The log's running hash after this update, computed from nothing but what the update shows. */
export function nextHash(sha256: Sha256, previousHash: string, notification: UpdateNotification): string {
  return entryHash(sha256, previousHash, hashedEntry(notification));
}

export function hashedEntry({ pts, date_ms, commitment, update }: UpdateNotification): HashedEntry {
  const shown = update as Update & { chat_id?: string; chat_pts?: number; seq?: number };
  const values = entryValues(update);
  return {
    pts,
    kind: update.type,
    date_ms,
    ...(shown.chat_id === undefined ? {} : { chat_id: shown.chat_id }),
    ...(shown.chat_pts === undefined ? {} : { chat_pts: shown.chat_pts }),
    ...(shown.seq === undefined ? {} : { seq: shown.seq }),
    ...(values === null ? {} : { values }),
    ...(commitment === undefined ? {} : { commitment }),
  };
}

function entryValues(update: Update): EntryValues | null {
  const shown = update as EntryValues;
  const present = entryValueKeys.filter((key) => shown[key] !== undefined);
  if (present.length === 0) return null;
  return Object.fromEntries(present.map((key) => [key, shown[key]])) as EntryValues;
}
