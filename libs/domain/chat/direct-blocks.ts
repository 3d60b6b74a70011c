import { accept, repeat } from '../kernel/decider.js';
import { callEndedByBlock } from './calls.js';
import type { ChatAnswer, SetDirectBlocked } from './commands.js';
import type { Member } from './events.js';
import type { ActiveChat } from './state.js';
import type { ChatVerdict } from './verdict.js';

/**
 * A block is decided in the account of who blocks, and reaches the direct chat as an event: from then on the store itself
 * refuses what the other sends, because every send expects the chat's head. It may be brought more than once, and late:
 * only a newer change of the same account counts.
 */
export function setDirectBlocked(chat: ActiveChat, me: Member, command: SetDirectBlocked): ChatVerdict {
  const { blocked, change, is_told_again } = command;
  const known = chat.blocks?.find(({ by }) => by === me.user_id);
  const isNewer = chat.kind === 'direct' && change > (known?.change ?? 0);
  const isHeld = is_told_again && (known?.blocked ?? false) === blocked;
  if (!isNewer || isHeld) return repeat<ChatAnswer>({ kind: 'block_reached' });
  const data = { by: me.user_id, blocked, change };
  const ended = blocked ? callEndedByBlock(chat, me.user_id, command.at_ms) : [];
  return accept([{ type: 'DirectBlocked', data }, ...ended], { kind: 'block_reached' });
}
