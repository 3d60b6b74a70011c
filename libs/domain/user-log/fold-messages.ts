import { deletedView } from './message-view.js';
import type { MessageReactionUpdate, MessageView, Update } from './update.js';

/** A chat's messages by seq, each in its latest known version, `mine` filled in. */
export type Messages = Map<number, MessageView>;

/** Applies an update to the message it is about, when the message held is older than the update. */
export function foldMessage(messages: Messages, update: Update, userId: string): void {
  switch (update.type) {
    case 'message.new':
      return put(messages, update.message);
    case 'message.edited':
      return messages.has(update.seq) ? put(messages, update.message) : undefined;
    case 'message.deleted':
      return change(messages, update, (held) => deletedView(held, update.chat_pts));
    case 'message.reaction':
      return change(messages, update, (held) => reacted(held, update, userId));
    default:
      return undefined;
  }
}

/** Updates do not say which reaction is the reader's own, so it is kept from before. */
function put(messages: Messages, message: MessageView): void {
  const held = messages.get(message.seq);
  if (held !== undefined && held.chat_pts >= message.chat_pts) return;
  messages.set(message.seq, { ...message, reactions: marked(message.reactions, mineOf(held)) });
}

function change(
  messages: Messages,
  { seq, chat_pts }: { readonly seq: number; readonly chat_pts: number },
  next: (held: MessageView) => MessageView,
): void {
  const held = messages.get(seq);
  if (held !== undefined && held.chat_pts < chat_pts) messages.set(seq, next(held));
}

function reacted(held: MessageView, update: MessageReactionUpdate, userId: string): MessageView {
  const mine = update.user_id === userId ? update.emoji : mineOf(held);
  return { ...held, chat_pts: update.chat_pts, reactions: marked(update.reactions, mine) };
}

const mineOf = (message: MessageView | undefined): string | null =>
  message?.reactions.find((reaction) => reaction.mine)?.emoji ?? null;

const marked = (reactions: MessageView['reactions'], mine: string | null): MessageView['reactions'] =>
  reactions.map(({ emoji, count }) => ({ emoji, count, mine: emoji === mine }));
