import type { ShownMessage } from '#client/shown-message.js';
import type { MessageDeletedUpdate, MessageReactionUpdate, MessageUpdate } from '#domain/user-log/update.js';
import { words } from './message-rows.js';
import { printable } from './printable.js';
import { truncated } from './text-width.js';

export type Change = MessageUpdate | MessageDeletedUpdate | MessageReactionUpdate;

const quoted_columns_max = 40;

/** Who made the change: the user id, whose name has to be looked up. */
export function actorOf(change: Change): string {
  if (change.type === 'message.deleted') return change.deleted_by;
  return change.type === 'message.reaction' ? change.user_id : change.message.sender_id;
}

/** A short line that says what changed: `· Ann edited #2: good day`. */
export function changeLine(change: Change, actor: string, message: ShownMessage | undefined): string {
  const number = `#${change.seq}`;
  if (change.type === 'message.deleted')
    return change.expired ? `· ${number} is gone: its time was over` : `· ${actor} deleted ${number}`;
  if (change.type !== 'message.reaction')
    return `· ${actor} edited ${number}: ${message ? words(message) : ''}`.trimEnd();
  const what = message ? `${number} “${truncated(words(message), quoted_columns_max)}”` : number;
  if (change.emoji === null) return `· ${actor} took the reaction to ${what} back`;
  return `· ${actor} reacted ${printable(change.emoji)} to ${what}`;
}
