/** The log's running hash as docs/sync.md tells clients to compute it. Shares no code with the server or the SDK. */
import { createHash } from 'node:crypto';

export interface HashedUpdate {
  readonly pts: number;
  readonly date_ms: number;
  readonly commitment?: string;
  readonly update: { readonly type: string; readonly [field: string]: unknown };
}

/** What stands in `values`, in this (alphabetical) order. */
const valueNames = ['archived', 'muted_until_ms', 'pinned', 'read_seq', 'role', 'visible_from_seq'];

export const emptyHash: Buffer = Buffer.alloc(32);

export function nextHash(hash: Buffer, { pts, date_ms, commitment, update }: HashedUpdate): Buffer {
  const named = valueNames.filter((name) => update[name] !== undefined);
  const values = named.length === 0 ? null : Object.fromEntries(named.map((name) => [name, update[name]]));
  const { type, chat_id = null, chat_pts = null, seq = null } = update;
  const text = JSON.stringify([pts, type, date_ms, chat_id, chat_pts, seq, values, commitment ?? null]);
  return createHash('sha256').update(hash).update(text).digest();
}
