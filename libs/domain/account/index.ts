/** The account aggregate, its user's contacts, and the phones that lead to it. */
export { buildAccountDecision, buildContactsDecision, buildPhoneDecision } from './build-decision.js';
export type * from './commands.js';
export { contactsDecider } from './contacts.js';
export { accountDecider } from './decider.js';
export type * from './events.js';
export * from './limits.js';
export { phoneDecider } from './phone-decider.js';
export { accountEntriesOf } from './recipients.js';
export { restoreAccount, restoreContacts, restorePhone } from './restore.js';
export type * from './state.js';
