import { LRUCache } from 'lru-cache';
import { cacheRoom } from '#process/cache-room.js';
import type { EntryDraft } from '#domain/user-log/index.js';
import { cursorKinds, isCursorKind, type CursorKind, type Work } from './work.js';

export type MarkedDraft = Pick<EntryDraft, 'user_id' | 'kind' | 'chat_id' | 'seq' | 'values'>;

/** How far each cursor of a user in a chat is known to stand in the user's log. */
export interface CursorMarks {
  get(key: string): number | undefined;
  set(key: string, seq: number): void;
}

const markKey = (kind: CursorKind, userId: string, chatId: string): string => `${kind} ${userId} ${chatId}`;

/** A user in a chat, and what the read models know of their cursors: never more than is true. */
interface UserInChat {
  readonly user_id: string;
  readonly chat_id: string;
}
type StoredMark = UserInChat & { readonly [K in CursorKind]?: number };

/** Asks the read models; who is not known there is left out. Answers nothing, soon, when they cannot be asked. */
export type StoredMarks = (asked: readonly UserInChat[]) => Promise<readonly StoredMark[]>;

/** Without read models every mark that is not in memory is unknown. */
export const noStoredMarks: StoredMarks = () => Promise.resolve([]);

/** Bounded: what falls out is unknown again, and is looked up or written once more, which is harmless. */
export function boundedMarks(marks_max: number): CursorMarks {
  const cache = new LRUCache<string, number>({ max: cacheRoom(marks_max) });
  return { get: (key) => cache.get(key), set: (key, seq) => void cache.set(key, seq) };
}

/** Makes the marks known that these works will ask for, as far as the read models know them. */
export async function lookUpMarks(
  works: readonly Work[],
  marks: CursorMarks,
  stored: StoredMarks,
): Promise<void> {
  const asked = new Map<string, UserInChat>();
  for (const { drafts } of works) {
    for (const { kind, user_id, chat_id } of drafts) {
      if (!isCursorKind(kind) || chat_id === undefined) continue;
      if (marks.get(markKey(kind, user_id, chat_id)) === undefined)
        asked.set(`${user_id} ${chat_id}`, { user_id, chat_id });
    }
  }
  if (asked.size === 0) return;
  for (const { user_id, chat_id, ...known } of await stored([...asked.values()])) {
    for (const kind of cursorKinds) raise(marks, markKey(kind, user_id, chat_id), known[kind] ?? -1);
  }
}

/**
 * Raises the marks that an entry moves, also those moved in passing: sending and joining move one's own read cursor.
 * False when it is a cursor that does not advance. An unknown mark is raised: better a cursor twice than never.
 *
 * Reading and delivery are kept apart: a mark never goes down, and `read.outbox` writes nothing of `delivered.outbox`.
 * Whoever shows ticks takes what was read as delivered.
 */
export function raiseMarks(marks: CursorMarks, draft: MarkedDraft): boolean {
  const { user_id, kind, chat_id, seq, values } = draft;
  if (chat_id === undefined) return true;
  if (isCursorKind(kind)) return raise(marks, markKey(kind, user_id, chat_id), seq ?? 0);
  if (values?.read_seq !== undefined) raise(marks, markKey('read.inbox', user_id, chat_id), values.read_seq);
  return true;
}

function raise(marks: CursorMarks, key: string, seq: number): boolean {
  if ((marks.get(key) ?? -1) >= seq) return false;
  marks.set(key, seq);
  return true;
}
