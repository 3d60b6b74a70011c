import { refusalOfMessage } from '../authority/authority.js';
import { assert } from '../kernel/assert.js';
import { accept, reject, repeat } from '../kernel/decider.js';
import type { ReactToMessage } from './commands.js';
import { isBlocked } from './blocked.js';
import { asJudged } from './expiry.js';
import type { Member, ReactionCount } from './events.js';
import { reactions_distinct_max } from './limits.js';
import type { ActiveChat } from './state.js';
import { chatDate, type ChatVerdict } from './verdict.js';

/** One reaction a user and message: another one takes the place of the first. */
export function reactToMessage(chat: ActiveChat, me: Member, command: ReactToMessage): ChatVerdict {
  const { target, emoji, seq } = command;
  if (emoji !== null && isBlocked(chat)) return reject('BLOCKED');
  const judged = asJudged(target, chatDate(chat, command.at_ms));
  const refusal = refusalOfMessage('messages.react', me, seq, judged);
  if (refusal !== null) return reject(refusal.code, refusal.details);
  assert(target !== null, 'what is not there is refused');
  if (target.mine === emoji) return repeat({ kind: 'reacted' as const });
  const reactions = counted(target.reactions, target.mine, emoji);
  if (reactions.length > reactions_distinct_max) return reject('REACTIONS_LIMIT', { reactions_distinct_max });
  return accept([{ type: 'ReactionSet', data: { seq, user_id: me.user_id, emoji, reactions } }], {
    kind: 'reacted',
  });
}

/** All counts after one reaction took another's place, in the order in which the emojis first appeared. */
function counted(
  before: readonly ReactionCount[],
  taken: string | null,
  given: string | null,
): ReactionCount[] {
  const counts = new Map(before.map(({ emoji, count }) => [emoji, count]));
  if (taken !== null) counts.set(taken, (counts.get(taken) ?? 1) - 1);
  if (given !== null) counts.set(given, (counts.get(given) ?? 0) + 1);
  return [...counts].filter(([, count]) => count > 0).map(([emoji, count]) => ({ emoji, count }));
}
