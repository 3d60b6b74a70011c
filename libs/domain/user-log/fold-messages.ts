import { deletedView, hiddenView } from './message-view.js';
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
    case 'messages.hidden':
      return update.seqs.forEach((seq) => hide(messages, seq));
    default:
      return undefined;
  }
}

/** Updates do not say which reaction is the reader's own, so it is kept from before. */
function put(messages: Messages, message: MessageView): void {
  const held = messages.get(message.seq);
  if (held !== undefined && held.chat_pts >= message.chat_pts) return;
  messages.set(message.seq, nextOf(held, { ...message, reactions: marked(message.reactions, mineOf(held)) }));
}

/** A message that is held: what was not met, whoever fetches it sees as it is. */
export function hide(messages: Messages, seq: number): void {
  const held = messages.get(seq);
  if (held !== undefined) messages.set(seq, hiddenView(held));
}

/** What is hidden stays so, whatever version of it comes. */
export const nextOf = (held: MessageView | undefined, next: MessageView): MessageView =>
  held?.hidden === true ? hiddenView(next) : next;

function change(
  messages: Messages,
  { seq, chat_pts }: { readonly seq: number; readonly chat_pts: number },
  next: (held: MessageView) => MessageView,
): void {
  const held = messages.get(seq);
  if (held !== undefined && held.chat_pts < chat_pts) messages.set(seq, nextOf(held, next(held)));
}

function reacted(held: MessageView, update: MessageReactionUpdate, userId: string): MessageView {
  const mine = update.user_id === userId ? update.emoji : mineOf(held);
  return { ...held, chat_pts: update.chat_pts, reactions: marked(update.reactions, mine) };
}

const mineOf = (message: MessageView | undefined): string | null =>
  message?.reactions.find((reaction) => reaction.mine)?.emoji ?? null;

const marked = (reactions: MessageView['reactions'], mine: string | null): MessageView['reactions'] =>
  reactions.map(({ emoji, count }) => ({ emoji, count, mine: emoji === mine }));
