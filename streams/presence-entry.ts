/** Where a user is connected and when they were seen last: the document of one user in the bucket PRESENCE. */
import { isRecord } from '#domain/kernel/check.js';
import { isUuid } from '#domain/kernel/ids.js';

export interface PresenceEntry {
  /**
   * The gateways that have a device of theirs, by the id of their start, each with the time since when. One that is gone did
   * not take itself out: whoever reads this looks whether it lives.
   */
  readonly at: Readonly<Record<string, number>>;
  /** Null: never, as far as is known. */
  readonly last_seen_ms: number | null;
}

export const nowhere: PresenceEntry = { at: {}, last_seen_ms: null };

/** What is none counts as nothing: the next who writes it makes it one. */
export function readPresenceEntry(text: string): PresenceEntry {
  try {
    const value: unknown = JSON.parse(text);
    return isEntry(value) ? { at: value.at, last_seen_ms: value.last_seen_ms } : nowhere;
  } catch {
    return nowhere;
  }
}

const isTime = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;

const isEntry = (value: unknown): value is PresenceEntry =>
  isRecord(value) &&
  isRecord(value['at']) &&
  Object.entries(value['at']).every(([gateway, sinceMs]) => isUuid(gateway) && isTime(sinceMs)) &&
  (value['last_seen_ms'] === null || isTime(value['last_seen_ms']));
