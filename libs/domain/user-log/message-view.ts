import type { Body, MessageIdentity, ReactionCount } from '../chat/events.js';
import type { MessageView } from './update.js';

/** How a message is shown, whoever shows it: updates made from events and answers made from tables are the same. */
export interface ShownMessage {
  readonly chat_id: string;
  /** The chat_pts of the last event that changed the message. */
  readonly chat_pts: number;
  readonly message: MessageIdentity;
  readonly content: Body['content'];
  readonly edited_at_ms?: number;
  readonly reactions: MessageView['reactions'];
}

export function messageView({ chat_id, chat_pts, message, ...shown }: ShownMessage): MessageView {
  return {
    ...identityView(chat_id, chat_pts, message),
    content: shown.content,
    ...(shown.edited_at_ms === undefined ? {} : { edited_at_ms: shown.edited_at_ms }),
    reactions: shown.reactions,
  };
}

/** What is left of a deleted message. */
export function tombstoneView(chatId: string, chatPts: number, message: MessageIdentity): MessageView {
  return { ...identityView(chatId, chatPts, message), deleted: true, reactions: noReactions };
}

/** The same for whoever holds the message as it was shown before. */
export function deletedView(view: MessageView, chatPts: number): MessageView {
  return tombstoneView(view.chat_id, chatPts, view);
}

/** What is left of a message that its reader has deleted for themselves, deleted for everyone or not. */
export function hiddenView(view: MessageView): MessageView {
  return { ...identityView(view.chat_id, view.chat_pts, view), hidden: true, reactions: noReactions };
}

const noReactions: readonly ReactionCount[] = [];

const identityView = (chat_id: string, chat_pts: number, message: MessageIdentity) => ({
  chat_id,
  seq: message.seq,
  chat_pts,
  client_msg_id: message.client_msg_id,
  sender_id: message.sender_id,
  sender_device_id: message.sender_device_id,
  date_ms: message.date_ms,
  ...(message.reply_to_seq === undefined ? {} : { reply_to_seq: message.reply_to_seq }),
  ...(message.expires_at_ms === undefined ? {} : { expires_at_ms: message.expires_at_ms }),
});
