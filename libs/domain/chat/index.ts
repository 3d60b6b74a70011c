/** The chat aggregate. */
export { buildChatDecision } from './build-decision.js';
export * from './call.js';
export type * from './commands.js';
export { chatDecider, chatDeciderWith } from './decider.js';
export type * from './events.js';
export { stayOf } from './members.js';
export { isBlocked } from './blocked.js';
export { foldDecision } from './fold-decision.js';
export * from './limits.js';
export { evolveFacts, seqOf, type MessageFacts } from './message-facts.js';
export { pointersOfHead, resolvePointers, type Pointers } from '../kernel/pointers.js';
export { entriesOfDecision } from './recipients.js';
export { restoreChat } from './restore.js';
export type * from './state.js';
export { isCommittedTo } from './salted-body.js';
