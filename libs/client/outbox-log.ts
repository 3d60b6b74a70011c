import type { ChatView, MessageView } from '#domain/user-log/update.js';
import type { OutboxItem, OutgoingReaction, Target } from './outbox-item.js';

/** What the outbox asks of the log's fold. */
export interface LogView {
  chat(chatId: string): ChatView | undefined;
  message(chatId: string, seq: number): MessageView | undefined;
  /** Of the messages at hand. */
  seqOf(chatId: string, clientMsgId: string): number | undefined;
}

/**
 * Whether the log shows what an answered item did, so that the item need not any more: between the answer and the log an
 * item is shown in the log's stead (the state SENT of matrix-js-sdk's pull request 110), or a message would for a moment
 * be in neither. What the log says of a message that is not at hand cannot be seen, and need not be.
 */
export function isInLog(item: OutboxItem, log: LogView): boolean {
  if (item.state !== 'answered') return false;
  const chat = log.chat(item.chat_id);
  switch (item.kind) {
    case 'send':
      return (item.seq ?? 0) <= (chat?.last_seq ?? -1);
    case 'edit':
      return isDone(item.target, (message) => (message.edited_at_ms ?? 0) >= (item.edited_at_ms ?? 0));
    case 'react':
      return isDone(item.target, (message) => ownReaction(message) === item.emoji);
    case 'delete':
      return item.targets.every((target) => isDone(target, () => false));
    case 'leave':
      return chat === undefined;
  }

  function isDone(target: Target, isShown: (message: MessageView) => boolean): boolean {
    if (!('seq' in target) || chat === undefined || target.seq > chat.last_seq) return false;
    const message = log.message(item.chat_id, target.seq);
    return message === undefined || message.deleted === true || isShown(message);
  }
}

/**
 * Which of a message's reactions, answered or not, an update of the log tells of: of those that it has not told of yet the
 * oldest, and what repeats it right behind it, of which nothing more is told. Only of reactions this cannot be told from the
 * state: another device may have set another one since.
 */
export function reactionsTold(untold: readonly OutgoingReaction[], emoji: string | null): OutgoingReaction[] {
  const other = untold.findIndex((item) => item.emoji !== emoji);
  return untold.slice(0, other === -1 ? untold.length : other);
}

const ownReaction = (message: MessageView): string | null =>
  message.reactions.find(({ mine }) => mine)?.emoji ?? null;
