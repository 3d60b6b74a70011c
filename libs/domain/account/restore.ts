import { count, list, literal, optional, shape, tagged, text } from '../kernel/check.js';
import { parsed } from '../kernel/event-catalogue.js';
import { chatSettingsShape, deviceShape } from './catalogue.js';
import type {
  AccountDecision,
  AccountState,
  ActiveAccount,
  Blocks,
  PhoneDecision,
  PhoneState,
} from './state.js';

/** As stored; what is younger than the first accounts is not in their states. */
type Younger = 'blocks' | 'chats';
type StoredAccount = Omit<ActiveAccount, Younger> & Partial<Pick<ActiveAccount, Younger>>;

const noBlocks: Blocks = { changes: 0, user_ids: [] };

const accountShape = shape<StoredAccount>({
  status: literal('active'),
  user_id: text,
  display_name: text,
  phone_hash: text,
  registered_at_ms: count,
  last_date_ms: count,
  sign_in_failed_at_ms: optional(count),
  devices: list(deviceShape),
  blocks: optional(shape<Blocks>({ changes: count, user_ids: list(text) })),
  chats: optional(list(chatSettingsShape)),
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
  head === null ? { status: 'none' } : { blocks: noBlocks, chats: [], ...parsed(accountShape, head.state) };

/** The same for a phone's subject. */
export const restorePhone = (head: PhoneDecision | null): PhoneState =>
  head === null ? { status: 'free' } : parsed(phoneShape, head.state);
