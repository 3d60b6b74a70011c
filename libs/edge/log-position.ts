import { emptyLogHash, type EntrySource } from '#domain/user-log/entry.js';
import type { StoredEntry } from '#streams/user-stream-message.js';

/** A place in one user's log: after the entry `pts`, which stands at `sequence` of its USER stream. */
export interface LogPosition {
  readonly pts: number;
  readonly sequence: number;
  /** The log's running hash there, or its first eight bytes: only those are compared. */
  readonly hash: string;
  readonly dateMs: number;
  /** What that entry tells of, where the entry itself was read. */
  readonly source?: EntrySource;
}

export const logStart: LogPosition = { pts: 0, sequence: 0, hash: emptyLogHash, dateMs: 0 };

export const positionAt = ({ sequence, entry }: StoredEntry): LogPosition => ({
  pts: entry.pts,
  sequence,
  hash: entry.hash,
  dateMs: entry.date_ms,
  source: entry.source,
});

const compared_bytes = 8;

export const isSameHash = (one: string, other: string): boolean =>
  leading(one).equals(leading(other)) && leading(one).length === compared_bytes;

const leading = (hash: string): Buffer => Buffer.from(hash, 'base64url').subarray(0, compared_bytes);
