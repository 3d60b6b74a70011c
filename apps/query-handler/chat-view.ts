/** A chat as its member sees it, from the facts of two families: the chat's own and the user's log's. */
import type { CallView } from '#domain/chat/call.js';
import type { ChatKind, HistoryShown, Role } from '#domain/chat/events.js';
import type { ChatView, MessageView } from '#domain/user-log/update.js';
import type { ChatRow } from '#projections/chats/rows.js';
import type { UserChatRow } from '#projections/user-log/rows.js';

export interface ChatFacts {
  readonly chat: ChatRow;
  readonly member: { readonly role: string; readonly visible_from_seq: number };
  /** Undefined while the user's log does not tell of the chat yet. */
  readonly cursors: UserChatRow | undefined;
  readonly last_message: MessageView | undefined;
  readonly call: CallView | undefined;
}

/** Cursors never pass the last message, though the user's log may be ahead of the chat's tables. */
export function chatView({ chat, member, cursors, last_message, call }: ChatFacts): ChatView {
  const { last_seq } = chat;
  const read = Math.max(cursors?.read_seq ?? 0, member.visible_from_seq - 1);
  const read_seq = Math.min(read, last_seq);
  return {
    chat_id: chat.chat_id,
    kind: chat.kind as ChatKind,
    title: chat.title,
    description: chat.description,
    photo_media_id: chat.photo_media_id,
    permissions: {
      send: chat.send_by as Role,
      add_members: chat.add_members_by as Role,
      change_info: chat.change_info_by as Role,
    },
    history: chat.history as HistoryShown,
    created_at_ms: chat.created_at_ms,
    role: member.role as Role,
    member_count: chat.member_count,
    last_seq,
    ...(last_message === undefined ? {} : { last_message }),
    read_seq,
    unread_count: last_seq - read_seq,
    delivered_outbox_seq: Math.min(cursors?.delivered_outbox_seq ?? 0, last_seq),
    read_outbox_seq: Math.min(cursors?.read_outbox_seq ?? 0, last_seq),
    muted_until_ms: cursors?.muted_until_ms ?? null,
    archived: cursors?.archived ?? false,
    pinned: cursors?.pinned ?? false,
    chat_pts: chat.chat_pts,
    ...(call === undefined ? {} : { call }),
    visible_from_seq: member.visible_from_seq,
  };
}
