/** The chat aggregate. */
export { buildChatDecision, type BuiltChatDecision, type ChatDecisionParts } from './build-decision.js';
export type * from './commands.js';
export { chatDecider } from './decider.js';
export type * from './events.js';
export { foldDecision } from './fold-decision.js';
export * from './limits.js';
export { evolveFacts, seqOf, type ContentType, type MessageFacts } from './message-facts.js';
export * from './permissions.js';
export { pointersOfHead, resolvePointers, type ChatPointers, type Place } from './pointers.js';
export { entriesOf, entriesOfDecision, type Audience } from './recipients.js';
export { restoreChat } from './restore.js';
export type * from './state.js';
export { isCommittedTo, saltedBody } from './salted-body.js';
export { chatDate, type ChatVerdict } from './verdict.js';
