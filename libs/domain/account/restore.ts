import { count, list, literal, nullable, optional, shape, tagged, text } from '../kernel/check.js';
import { parsed } from '../kernel/event-catalogue.js';
import { chatSettingsShape, deviceShape, privacyShape } from './catalogue.js';
import { contactsDecider } from './contacts.js';
import type {
  AccountDecision,
  AccountState,
  ActiveAccount,
  Blocks,
  Contact,
  ContactsDecision,
  ContactsState,
  PhoneDecision,
  PhoneState,
} from './state.js';
import { unsetProfile } from './profile.js';

/** As stored; what is younger than the first accounts is not in their states. */
type Younger = 'blocks' | 'chats' | 'about' | 'privacy';
type StoredAccount = Omit<ActiveAccount, Younger> & Partial<Pick<ActiveAccount, Younger>>;

const noBlocks: Blocks = { changes: 0, user_ids: [] };

const accountShape = shape<StoredAccount>({
  status: literal('active'),
  user_id: text,
  display_name: text,
  about: optional(nullable(text)),
  phone_hash: text,
  registered_at_ms: count,
  last_date_ms: count,
  sign_in_failed_at_ms: optional(count),
  devices: list(deviceShape),
  blocks: optional(shape<Blocks>({ changes: count, user_ids: list(text) })),
  chats: optional(list(chatSettingsShape)),
  privacy: optional(privacyShape),
});

const contactsShape = shape<ContactsState>({
  last_date_ms: count,
  contacts: list(shape<Contact>({ user_id: text, nickname: text })),
});

const phoneShape = tagged<'status', PhoneState>('status', {
  free: shape<{ status: 'free' }>({ status: literal('free') }),
  claimed: shape<Extract<PhoneState, { status: 'claimed' }>>({
    status: literal('claimed'),
    phone_hash: text,
    user_id: text,
  }),
});

/** An account as of its head, which carries it whole; null: there is none. Throws CatalogueError if it does not. */
export const restoreAccount = (head: AccountDecision | null): AccountState =>
  head === null
    ? { status: 'none' }
    : { ...unsetProfile, blocks: noBlocks, chats: [], ...parsed(accountShape, head.state) };

/** A user's contacts as of the last of these decisions, oldest first; the first one carries all that were there. */
export function restoreContacts(decisions: readonly ContactsDecision[]): ContactsState {
  const [first, ...since] = decisions;
  if (first === undefined) return contactsDecider.initialState;
  return since.reduce(
    (state, { events, meta }) =>
      events.reduce((before, event) => contactsDecider.evolve(before, event, meta.occurred_at_ms), state),
    parsed(contactsShape, first.state),
  );
}

/** The same for a phone's subject. */
export const restorePhone = (head: PhoneDecision | null): PhoneState =>
  head === null ? { status: 'free' } : parsed(phoneShape, head.state);
