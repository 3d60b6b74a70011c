import type { Verdict } from '../kernel/decider.js';
import type { NewEvent } from '../kernel/new-event.js';
import type { AccountAnswer } from './commands.js';
import type { AccountEvent } from './events.js';
import type { AccountState } from './state.js';

export type AccountVerdict = Verdict<NewEvent<AccountEvent>, AccountAnswer>;

/** Dates never go back within an account. */
export const accountDate = (state: AccountState, atMs: number): number =>
  state.status === 'none' ? atMs : Math.max(atMs, state.last_date_ms);
