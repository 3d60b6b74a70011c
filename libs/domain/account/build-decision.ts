import { assert } from '../kernel/assert.js';
import type { DecisionHeader, DecisionMeta, RequestMark } from '../kernel/decision.js';
import type { NewEvent } from '../kernel/new-event.js';
import { mustCarryState, nextHeader, type Pointers } from '../kernel/pointers.js';
import { accountCatalogue } from './catalogue.js';
import { contactsDecider } from './contacts.js';
import { accountDecider } from './decider.js';
import type { AccountEvent, ContactEvent, PhoneEvent } from './events.js';
import { phoneDecider } from './phone-decider.js';
import { accountDate } from './verdict.js';
import type { AccountDecision, AccountState, ActiveAccount } from './state.js';
import type { ContactsDecision, ContactsState, PhoneDecision, PhoneState } from './state.js';

/** What every stored decision needs beside its events. */
interface Parts<State, Event> {
  readonly state: State;
  readonly events: readonly Event[];
  readonly decision_id: string;
  /** Makes one UUIDv7 an event. */
  readonly nextId: () => string;
  readonly at_ms: number;
  readonly meta: Omit<DecisionMeta, 'occurred_at_ms'>;
  readonly request?: RequestMark;
}

/** The stored form of an accepted verdict; each decision of an account carries its whole state. */
export function buildAccountDecision(parts: Parts<AccountState, NewEvent<AccountEvent>>): {
  readonly decision: AccountDecision;
  readonly state: ActiveAccount;
} {
  const dateMs = accountDate(parts.state, parts.at_ms);
  const evolve = (state: AccountState, event: NewEvent<AccountEvent>) =>
    accountDecider.evolve(state, event, dateMs);
  const state = parts.events.reduce(evolve, parts.state);
  assert(state.status === 'active', 'the first event of an account is UserRegistered');
  const events = stamped(parts) as AccountEvent[];
  return { decision: { ...enveloped(parts, dateMs), events, state }, state };
}

/** The same for a user's contacts, which every 32nd decision carries whole. `pointers`: of the head; null: there is none. */
export function buildContactsDecision({
  pointers,
  ...parts
}: Parts<ContactsState, NewEvent<ContactEvent>> & { readonly pointers: Pointers | null }): ContactsDecision {
  const dateMs = Math.max(parts.at_ms, parts.state.last_date_ms);
  const isWhole = mustCarryState(pointers);
  const { header } = nextHeader(pointers, { state: isWhole, members: true });
  const state = parts.events.reduce(
    (before, event) => contactsDecider.evolve(before, event, dateMs),
    parts.state,
  );
  const events = stamped(parts) as ContactEvent[];
  return { ...enveloped(parts, dateMs), header, events, ...(isWhole ? { state } : {}) };
}

/** The same for a phone's claim. */
export function buildPhoneDecision(parts: Parts<PhoneState, NewEvent<PhoneEvent>>): {
  readonly decision: PhoneDecision;
  readonly state: PhoneState;
} {
  const evolve = (state: PhoneState, event: NewEvent<PhoneEvent>) =>
    phoneDecider.evolve(state, event, parts.at_ms);
  const state = parts.events.reduce(evolve, parts.state);
  const events = stamped(parts) as PhoneEvent[];
  return { decision: { ...enveloped(parts, parts.at_ms), events, state }, state };
}

const selfContained: DecisionHeader = { state_at: 0, since: [], members_at: 0 };

function enveloped({ decision_id, meta, request }: Parts<unknown, unknown>, occurred_at_ms: number) {
  return {
    format: 1 as const,
    decision_id,
    meta: { occurred_at_ms, ...meta },
    ...(request === undefined ? {} : { request }),
    header: selfContained,
  };
}

function stamped({ events, nextId }: Parts<unknown, NewEvent<AccountEvent | ContactEvent | PhoneEvent>>) {
  return events.map(({ type, data }) => ({
    event_id: nextId(),
    type,
    version: accountCatalogue[type].version,
    chat_pts: 0,
    data,
  }));
}
