import { assert } from '../kernel/assert.js';
import { evolveChat } from './evolve.js';
import type { ChatDecision, ChatState } from './state.js';

/** The chat after one more decision. Asserts that its events carry on the chat's numbering without a hole. */
export function foldDecision(state: ChatState, decision: ChatDecision): ChatState {
  let next = state;
  for (const event of decision.events) {
    const before = next.status === 'none' ? 0 : next.chat_pts;
    assert(event.chat_pts === before + 1, `chat_pts ${event.chat_pts} does not follow ${before}`);
    next = evolveChat(next, event, decision.meta.occurred_at_ms);
  }
  return next;
}
