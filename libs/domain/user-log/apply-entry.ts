import type { Role } from '../chat/events.js';
import type { HashedEntry } from './entry.js';

/** What a user's own log says of one of their chats, without any body: the server's `user_chats`, the client's state. */
export interface ChatCursors {
  /** The highest chat_pts of which this log tells. */
  readonly chat_pts: number;
  readonly role: Role;
  readonly visible_from_seq: number;
  readonly read_seq: number;
  /** The highest message that anyone else has read, or has. */
  readonly read_outbox_seq: number;
  readonly delivered_outbox_seq: number;
  readonly muted_until_ms: number | null;
  readonly archived: boolean;
  readonly pinned: boolean;
}

export type ChatEntry = Pick<HashedEntry, 'kind' | 'chat_pts' | 'seq' | 'values'>;

/**
 * One chat after one more entry of its user's log, in the log's order; null: not among the user's chats. Cursors only
 * move forward, everything else is absolute: the same entry twice in a row changes nothing.
 */
export function applyEntry(before: ChatCursors | null, entry: ChatEntry): ChatCursors | null {
  if (entry.kind === 'chat.removed') return null;
  if (entry.kind === 'chat.new') return joined(before, entry);
  if (before === null) return null;
  const chat = cursorsOf(before);
  const { seq = 0, values } = entry;
  switch (entry.kind) {
    case 'read.inbox':
      return { ...chat, read_seq: Math.max(chat.read_seq, seq) };
    case 'read.outbox':
      return { ...chat, read_outbox_seq: Math.max(chat.read_outbox_seq, seq) };
    case 'delivered.outbox':
      return { ...chat, delivered_outbox_seq: Math.max(chat.delivered_outbox_seq, seq) };
    case 'chat.settings':
      return { ...chat, ...settingsOf(values, chat) };
    case 'messages.hidden':
      return chat;
    default:
      return {
        ...chat,
        chat_pts: Math.max(chat.chat_pts, entry.chat_pts ?? 0),
        role: values?.role ?? chat.role,
        read_seq: Math.max(chat.read_seq, values?.read_seq ?? 0),
      };
  }
}

/** Joining again starts anew: `chat.removed` has forgotten what was before. */
function joined(chat: ChatCursors | null, { chat_pts = 0, values }: ChatEntry): ChatCursors {
  return {
    chat_pts: Math.max(chat?.chat_pts ?? 0, chat_pts),
    role: values?.role ?? 'member',
    visible_from_seq: values?.visible_from_seq ?? 1,
    read_seq: Math.max(chat?.read_seq ?? 0, values?.read_seq ?? 0),
    read_outbox_seq: chat?.read_outbox_seq ?? 0,
    delivered_outbox_seq: chat?.delivered_outbox_seq ?? 0,
    ...settingsOf(undefined, chat ?? unset),
  };
}

type Settings = Pick<ChatCursors, 'muted_until_ms' | 'archived' | 'pinned'>;
const unset: Settings = { muted_until_ms: null, archived: false, pinned: false };

const settingsOf = (values: Partial<Settings> | undefined, before: Settings): Settings => ({
  muted_until_ms: values?.muted_until_ms === undefined ? before.muted_until_ms : values.muted_until_ms,
  archived: values?.archived ?? before.archived,
  pinned: values?.pinned ?? before.pinned,
});

/** Nothing but the cursors, of whatever holds them. */
export const cursorsOf = (chat: ChatCursors): ChatCursors => ({
  chat_pts: chat.chat_pts,
  role: chat.role,
  visible_from_seq: chat.visible_from_seq,
  read_seq: chat.read_seq,
  read_outbox_seq: chat.read_outbox_seq,
  delivered_outbox_seq: chat.delivered_outbox_seq,
  muted_until_ms: chat.muted_until_ms,
  archived: chat.archived,
  pinned: chat.pinned,
});
