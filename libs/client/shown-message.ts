import type { ChatView, MessageView } from '#domain/user-log/update.js';
import type { OutgoingMessage } from './outgoing-message.js';

/** How far a message of this user has come. */
export type Tick = 'pending' | 'sent' | 'delivered' | 'read';

/** A message as a user interface shows it, whether the server has it already or not. */
export interface ShownMessage {
  readonly chat_id: string;
  readonly client_msg_id: string;
  /** Null while it waits to be sent. */
  readonly seq: number | null;
  readonly sender_id: string;
  readonly date_ms: number;
  /** Absent when deleted. */
  readonly content?: MessageView['content'];
  readonly reply_to_seq?: number;
  readonly is_edited: boolean;
  readonly is_deleted: boolean;
  readonly reactions: MessageView['reactions'];
  /** Null for what others sent and for service messages. */
  readonly tick: Tick | null;
}

export function shownStored(message: MessageView, chat: ChatView | undefined, userId: string): ShownMessage {
  const { chat_id, client_msg_id, seq, sender_id, date_ms, content, reply_to_seq, reactions } = message;
  const isOwn = sender_id === userId && content?.type !== 'service';
  return {
    chat_id,
    client_msg_id,
    seq,
    sender_id,
    date_ms,
    ...(content === undefined ? {} : { content }),
    ...(reply_to_seq === undefined ? {} : { reply_to_seq }),
    is_edited: message.edited_at_ms !== undefined,
    is_deleted: message.deleted === true,
    reactions,
    tick: isOwn ? tickOf(seq, chat) : null,
  };
}

export function shownPending(message: OutgoingMessage, userId: string): ShownMessage {
  const { chat_id, client_msg_id, content, reply_to_seq, queued_at_ms } = message;
  return {
    chat_id,
    client_msg_id,
    seq: null,
    sender_id: userId,
    date_ms: queued_at_ms,
    content,
    ...(reply_to_seq === undefined ? {} : { reply_to_seq }),
    is_edited: false,
    is_deleted: false,
    reactions: [],
    tick: 'pending',
  };
}

function tickOf(seq: number, chat: ChatView | undefined): Tick {
  if (chat !== undefined && seq <= chat.read_outbox_seq) return 'read';
  return chat !== undefined && seq <= chat.delivered_outbox_seq ? 'delivered' : 'sent';
}
