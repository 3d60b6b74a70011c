import { mentionedIn } from '#domain/chat/entities.js';
import type { ChatView, MessageView } from '#domain/user-log/update.js';
import { targetsOf, type OutboxItem, type OutgoingMessage } from './outbox-item.js';

/**
 * How far a message of this user has come. `sent`: the server has stored it; `delivered`, `read`: at least one of the
 * others has it, or has read it (in groups too: the protocol's outbox cursors are maxima over the other members). `failed`:
 * the server refused it for good.
 */
export type Tick = 'pending' | 'sent' | 'delivered' | 'read' | 'failed';

/** A message as a user interface shows it, whether the server has it already or not. */
export interface ShownMessage {
  readonly chat_id: string;
  readonly client_msg_id: string;
  /** Null while it waits to be sent, and when it failed. */
  readonly seq: number | null;
  readonly sender_id: string;
  readonly date_ms: number;
  /** Absent when deleted. */
  readonly content?: MessageView['content'];
  readonly reply_to_seq?: number;
  /** Somebody else names this user in it. */
  readonly mentions_me: boolean;
  /** When it goes by itself, if it does. */
  readonly expires_at_ms?: number;
  readonly is_edited: boolean;
  readonly is_deleted: boolean;
  readonly reactions: MessageView['reactions'];
  /** Null for what others sent and for service messages. */
  readonly tick: Tick | null;
  /** Something that is shown here was done on this device and is not in the server's log yet. */
  readonly is_changing: boolean;
  /** Why it failed: a code of the server's catalogue. */
  readonly error_code?: string;
}

/** Without what is hidden. Ascending by seq; what has none yet stands last, in the order in which it was written. */
export function shownMessages(
  stored: readonly MessageView[],
  items: readonly OutboxItem[],
  chat: ChatView | undefined,
  userId: string,
): ShownMessage[] {
  const known = new Set(stored.map(({ client_msg_id }) => client_msg_id));
  const outgoing = items.flatMap((item) => (item.kind === 'send' && !known.has(item.id) ? [item] : []));
  const hasSeq = outgoing.filter(({ seq }) => seq !== undefined);
  const hasNone = outgoing.filter(({ seq }) => seq === undefined);
  const shown = [
    ...stored.filter(({ hidden }) => hidden !== true).map((message) => shownStored(message, chat, userId)),
    ...hasSeq.map((message) => shownOutgoing(message, chat, userId)),
    ...hasNone.map((message) => shownOutgoing(message, chat, userId)),
  ];
  return items.length === 0 ? shown : shown.map((message) => withChanges(message, items));
}

function shownStored(message: MessageView, chat: ChatView | undefined, userId: string): ShownMessage {
  const { chat_id, client_msg_id, seq, sender_id, date_ms, content, reply_to_seq, reactions } = message;
  const { expires_at_ms } = message;
  const isOwn = sender_id === userId && content?.type !== 'service';
  return {
    chat_id,
    client_msg_id,
    seq,
    sender_id,
    date_ms,
    ...(content === undefined ? {} : { content }),
    ...(reply_to_seq === undefined ? {} : { reply_to_seq }),
    mentions_me: sender_id !== userId && mentions(content, userId),
    ...(expires_at_ms === undefined ? {} : { expires_at_ms }),
    is_edited: message.edited_at_ms !== undefined,
    is_deleted: message.deleted === true,
    reactions,
    tick: isOwn ? tickOf(seq, chat) : null,
    is_changing: false,
  };
}

function shownOutgoing(message: OutgoingMessage, chat: ChatView | undefined, userId: string): ShownMessage {
  const { chat_id, id, content, reply_to_seq, queued_at_ms, seq = null, state, error_code } = message;
  const unsent = state === 'failed' ? 'failed' : 'pending';
  return {
    chat_id,
    client_msg_id: id,
    seq,
    sender_id: userId,
    date_ms: queued_at_ms,
    content,
    ...(reply_to_seq === undefined ? {} : { reply_to_seq }),
    mentions_me: false,
    is_edited: false,
    is_deleted: false,
    reactions: [],
    tick: seq === null ? unsent : tickOf(seq, chat),
    is_changing: false,
    ...(error_code === undefined ? {} : { error_code }),
  };
}

const mentions = (content: MessageView['content'], userId: string): boolean =>
  (content?.type === 'text' || content?.type === 'media') && mentionedIn(content).includes(userId);

function tickOf(seq: number, chat: ChatView | undefined): Tick {
  if (chat !== undefined && seq <= chat.read_outbox_seq) return 'read';
  return chat !== undefined && seq <= chat.delivered_outbox_seq ? 'delivered' : 'sent';
}

/** As it will be when the server has carried out what the user did to it. */
function withChanges(message: ShownMessage, items: readonly OutboxItem[]): ShownMessage {
  const isThis = (item: OutboxItem): boolean =>
    targetsOf(item).some(
      (target) =>
        ('seq' in target && target.seq === message.seq) || target.client_msg_id === message.client_msg_id,
    );
  return items.filter(isThis).reduce(changed, message);
}

function changed(message: ShownMessage, item: OutboxItem): ShownMessage {
  if (message.is_deleted) return message;
  switch (item.kind) {
    case 'edit':
      return { ...message, content: item.content, is_edited: true, is_changing: true };
    case 'delete': {
      const { content: _content, ...rest } = message;
      return { ...rest, is_deleted: true, mentions_me: false, reactions: [], is_changing: true };
    }
    case 'react':
      return { ...message, reactions: reacted(message.reactions, item.emoji), is_changing: true };
    default:
      return message;
  }
}

function reacted(reactions: MessageView['reactions'], emoji: string | null): MessageView['reactions'] {
  const others = reactions.map(({ mine, ...one }) => ({
    ...one,
    count: one.count - (mine ? 1 : 0),
    mine: false,
  }));
  const isNew = emoji !== null && !others.some((one) => one.emoji === emoji);
  const all = isNew ? [...others, { emoji, count: 0, mine: false }] : others;
  return all
    .map((one) => (one.emoji === emoji ? { ...one, count: one.count + 1, mine: true } : one))
    .filter(({ count }) => count > 0);
}
