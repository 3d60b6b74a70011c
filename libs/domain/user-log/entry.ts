import { canonicalJson } from '../kernel/canonical-json.js';
import { base64Url, fromBase64Url, type Sha256 } from '../kernel/hashing.js';
import type { Role } from '../chat/events.js';

export const entryKinds = [
  'message.new',
  'message.edited',
  'message.deleted',
  'message.reaction',
  'read.inbox',
  'read.outbox',
  'delivered.outbox',
  'chat.new',
  'chat.changed',
  'chat.members',
  'chat.removed',
  'chat.settings',
  'messages.hidden',
  'call',
  'device.added',
  'device.removed',
  'user.blocked',
  'user.unblocked',
  'user.changed',
  'privacy.changed',
  'contact.changed',
] as const;

/** What an entry tells of; the `type` of the update it becomes. */
export type EntryKind = (typeof entryKinds)[number];

/**
 * One entry of a user's log, as stored in USER. It refers to what happened and copies no text. Values stand here only
 * for what is this user's own (cursors, role, visible range) and have no other place.
 */
export interface UserLogEntry {
  readonly format: 1;
  readonly pts: number;
  readonly kind: EntryKind;
  readonly date_ms: number;
  readonly source: EntrySource;
  readonly chat_id?: string;
  readonly chat_pts?: number;
  readonly seq?: number;
  readonly values?: EntryValues;
  /** The commitment to the message's body, from the source event; outlives the text. */
  readonly commitment?: string;
  /** The running hash up to and including this entry, base64url. */
  readonly hash: string;
}

/** Where the event stands: `index` counts the decision's events from 0. */
export interface EntrySource {
  readonly stream: string;
  readonly sequence: number;
  readonly index: number;
}

/** Recipient-specific absolute values. Which kind carries which: `entryValueKeys`. */
export interface EntryValues {
  readonly read_seq?: number;
  readonly visible_from_seq?: number;
  readonly role?: Role;
  /** Null: not muted. */
  readonly muted_until_ms?: number | null;
  readonly archived?: boolean;
  readonly pinned?: boolean;
  /** The messages that are hidden by it. */
  readonly seqs?: readonly number[];
}

/** An update shows its entry's values under these names, so that a client can compute the hash from the update. */
export const entryValueKeys = [
  'read_seq',
  'visible_from_seq',
  'role',
  'muted_until_ms',
  'archived',
  'pinned',
  'seqs',
] as const;

/** What the hash covers; `source` is left out, because streams may be rearranged and logs may not change by it. */
export type HashedEntry = Omit<UserLogEntry, 'format' | 'hash' | 'source'>;

/** The hash before the first entry. */
export const emptyLogHash = base64Url(new Uint8Array(32));

/**
 * hash(n) = SHA-256(hash(n-1) || canonical JSON of [pts, kind, date_ms, chat_id, chat_pts, seq, values, commitment]),
 * absent fields as null; hashes as 32 bytes in the computation and base64url in storage.
 */
export function entryHash(sha256: Sha256, previousHash: string, entry: HashedEntry): string {
  const { pts, kind, date_ms, chat_id, chat_pts, seq, values, commitment } = entry;
  const fields = [pts, kind, date_ms, chat_id, chat_pts, seq, values, commitment];
  return base64Url(sha256(fromBase64Url(previousHash), canonicalJson(fields)));
}
