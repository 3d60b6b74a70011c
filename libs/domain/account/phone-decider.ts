import { accept, reject, repeat, type Decider } from '../kernel/decider.js';
import type { NewEvent } from '../kernel/new-event.js';
import type { AccountAnswer, ClaimPhone } from './commands.js';
import type { PhoneEvent } from './events.js';
import type { PhoneState } from './state.js';

/** One phone, one account: the first claim stands, and the store refuses a second one at the same time. */
export const phoneDecider: Decider<PhoneState, ClaimPhone, NewEvent<PhoneEvent>, AccountAnswer> = {
  initialState: { status: 'free' },
  evolve: (_state, event) => ({ status: 'claimed', ...event.data }),
  decide: (state, { phone_hash, user_id }) => {
    if (state.status === 'free') {
      return accept([{ type: 'PhoneClaimed', data: { phone_hash, user_id } }], { user_id });
    }
    return state.user_id === user_id ? repeat({ user_id }) : reject('PHONE_TAKEN');
  },
};
