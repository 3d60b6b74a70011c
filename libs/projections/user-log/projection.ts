/**
 * Users' logs and what they add up to, folded from USER by the same fold as in clients. An entry that the user's head
 * shows already (`pts`) changes nothing; one that does not follow the head is damage.
 */
import { assert } from '#domain/kernel/assert.js';
import { applyEntry, cursorsOf, type ChatCursors } from '#domain/user-log/apply-entry.js';
import type { UserLogEntry } from '#domain/user-log/entry.js';
import { defineProjection, type Place } from '../define-projection.js';
import { loadUserLogRows, saveUserLogRows, type UserLogRows, type UserStreamEvent } from './rows.js';

export const userLogProjection = defineProjection<UserStreamEvent, UserLogRows>({
  name: 'user_log',
  version: 1,
  family: 'USER',
  tables: ['user_log', 'user_heads', 'user_chats', 'timeline_positions'],
  load: loadUserLogRows,
  apply: {
    EntryAppended: (rows, { entry }, place) => {
      const { stream, sequence } = entry.source;
      raisePosition(rows, place.stream, stream, sequence);
      const user_id = place.aggregate_id;
      const head = rows.heads.get({ user_id });
      if (head && entry.pts <= head.pts) return;
      assert(entry.pts === (head?.pts ?? 0) + 1, `user ${user_id}: entry ${entry.pts} is not the next`);
      const sources = raised((head?.sources ?? {}) as Record<string, number>, stream, sequence);
      const { pts, hash, date_ms } = entry;
      rows.heads.put({ user_id, pts, hash, sequence: place.sequence, date_ms, sources });
      rows.log.put(entryRow(user_id, place, entry));
      if (entry.chat_id !== undefined) changeChat(rows, user_id, entry.chat_id, entry);
    },
    PositionSaved: (rows, { positions }, place) => {
      for (const [source, sequence] of Object.entries(positions)) {
        raisePosition(rows, place.stream, source, sequence);
      }
    },
  },
  save: saveUserLogRows,
});

function raisePosition(rows: UserLogRows, user_stream: string, source_stream: string, sequence: number) {
  const before = rows.positions.get({ user_stream, source_stream });
  if (before && before.sequence >= sequence) return;
  rows.positions.put({ user_stream, source_stream, sequence });
}

const raised = (sources: Record<string, number>, stream: string, sequence: number) => ({
  ...sources,
  [stream]: Math.max(sources[stream] ?? 0, sequence),
});

function entryRow(user_id: string, { sequence }: Place, entry: UserLogEntry) {
  return {
    user_id,
    pts: entry.pts,
    sequence,
    kind: entry.kind,
    date_ms: entry.date_ms,
    source_stream: entry.source.stream,
    source_sequence: entry.source.sequence,
    source_index: entry.source.index,
    chat_id: entry.chat_id ?? null,
    chat_pts: entry.chat_pts ?? null,
    seq: entry.seq ?? null,
    values: entry.values ?? null,
    commitment: entry.commitment ?? null,
    hash: entry.hash,
  };
}

function changeChat(rows: UserLogRows, user_id: string, chat_id: string, entry: UserLogEntry): void {
  const before = rows.chats.get({ user_id, chat_id });
  const after = applyEntry((before as ChatCursors | undefined) ?? null, entry);
  if (after === null) return rows.chats.remove({ user_id, chat_id });
  rows.chats.put({ user_id, chat_id, ...cursorsOf(after), joined_pts: before?.joined_pts ?? entry.pts });
}
