import { assert } from '../kernel/assert.js';
import { parsed } from '../kernel/event-catalogue.js';
import type { Member } from './events.js';
import { membersById } from './evolve.js';
import { foldDecision } from './fold-decision.js';
import { coreShape } from './shapes.js';
import type { ActiveChat, ChatDecision, ChatState } from './state.js';

/**
 * The chat as of the last of `decisions`, which are oldest first and whose first carries the whole state. `membersFrom`
 * is the decision the head's `members_at` names, wherever it stands; null only when it is among `decisions`.
 *
 * Checks again on reading what was asserted on writing: numbering without a hole, and a list of as many members as the
 * chat says it has. Throws CatalogueError for a stored state that is none, AssertionError for the rest.
 */
export function restoreChat(decisions: readonly ChatDecision[], membersFrom: ChatDecision | null): ChatState {
  const first = decisions[0];
  if (first === undefined) return { status: 'none' };
  let state: ChatState = startOf(first);
  for (const decision of decisions.slice(1)) state = foldDecision(state, decision);
  assert(state.status === 'active', 'a chat that was stored is active');
  return { ...state, members: membersOf(state, membersFrom ?? lastWithMembers(decisions)) };
}

/** Members are put in at the end: after `members_at` there is no change of them. */
function startOf(first: ChatDecision): ActiveChat {
  const core = parsed(coreShape, first.state);
  const last = first.events.at(-1);
  assert(last === undefined || last.chat_pts === core.chat_pts, 'a state is as of the last event beside it');
  return { ...core, status: 'active', members: new Map() };
}

function membersOf(chat: ActiveChat, from: ChatDecision | undefined): ReadonlyMap<string, Member> {
  assert(from?.members !== undefined, 'members_at names a decision that carries the members');
  const members = membersById(from.members);
  assert(
    members.size === chat.member_count,
    `${members.size} members where the chat has ${chat.member_count}`,
  );
  return members;
}

const lastWithMembers = (decisions: readonly ChatDecision[]): ChatDecision | undefined =>
  decisions.findLast((decision) => decision.members !== undefined);
