import { accept, reject, repeat, type Decider } from '../kernel/decider.js';
import type { NewEvent } from '../kernel/new-event.js';
import type { AccountAnswer, SetContact } from './commands.js';
import type { ContactEvent } from './events.js';
import { contacts_max } from './limits.js';
import type { ContactsState } from './state.js';

/** The rules of a user's contacts: others, each once, so many. Whether the other exists is asked before. */
export const contactsDecider: Decider<ContactsState, SetContact, NewEvent<ContactEvent>, AccountAnswer> = {
  initialState: { last_date_ms: 0, contacts: [] },
  evolve: ({ contacts }, { data: { other_id, nickname } }, last_date_ms) => {
    if (nickname === null)
      return { last_date_ms, contacts: contacts.filter(({ user_id }) => user_id !== other_id) };
    const contact = { user_id: other_id, nickname };
    const isKnown = contacts.some(({ user_id }) => user_id === other_id);
    const renamed = contacts.map((one) => (one.user_id === other_id ? contact : one));
    return { last_date_ms, contacts: isKnown ? renamed : [...contacts, contact] };
  },
  decide: ({ contacts }, { user_id, other_id, nickname }) => {
    if (other_id === user_id) return reject('FORBIDDEN');
    const known = contacts.find((one) => one.user_id === other_id);
    if ((known?.nickname ?? null) === nickname) return repeat({ user_id });
    if (known === undefined && contacts.length >= contacts_max)
      return reject('CONTACTS_LIMIT', { contacts_max });
    return accept([{ type: 'ContactSet', data: { user_id, other_id, nickname } }], { user_id });
  },
};
