import { describe, expect, it } from 'vitest';
import { given_at_ms, specificationOf } from '../../../test/support/given.js';
import type { Actor } from '../kernel/decision.js';
import type { NewEvent } from '../kernel/new-event.js';
import { pointersOfHead, type Pointers } from '../kernel/pointers.js';
import { emptyUserLog, foldUpdate } from '../user-log/fold.js';
import { renderUpdate } from '../user-log/render.js';
import {
  accountDecider,
  accountEntriesOf,
  buildContactsDecision,
  contacts_max,
  contactsDecider,
  nickname_chars_max,
  restoreContacts,
  type AccountCommand,
  type AccountEvent,
  type AccountState,
  type ContactEvent,
  type ContactsDecision,
  type ContactsState,
  type SetContact,
} from './index.js';

const givenAccount = specificationOf(accountDecider);
const givenContacts = specificationOf(contactsDecider);
const answer = { user_id: 'anna' };
const again = { repeats: answer };
const by: { readonly actor: Actor; readonly at_ms: number } = {
  actor: { user_id: 'anna', device_id: 'phone' },
  at_ms: 2_000,
};

const registered: NewEvent<AccountEvent> = {
  type: 'UserRegistered',
  data: { user_id: 'anna', display_name: 'Anna', phone_hash: 'hash' },
};
const profile = (display_name: string, about: string | null) =>
  ({ type: 'ProfileChanged', data: { user_id: 'anna', display_name, about } }) as const;
const privacy = (last_seen: 'everybody' | 'contacts' | 'nobody') =>
  ({ type: 'PrivacyChanged', data: { user_id: 'anna', privacy: { last_seen } } }) as const;
const contact = (other_id: string, nickname: string | null) =>
  ({ type: 'ContactSet', data: { user_id: 'anna', other_id, nickname } }) as const;

const change = (changes: { display_name?: string; about?: string | null }) => (): AccountCommand => ({
  type: 'ChangeProfile',
  ...changes,
  ...by,
});
const show = (last_seen: 'everybody' | 'contacts' | 'nobody') => (): AccountCommand => ({
  type: 'ChangePrivacy',
  privacy: { last_seen },
  ...by,
});
const call = (other_id: string, nickname: string | null) => (): SetContact => ({
  user_id: 'anna',
  other_id,
  nickname,
});

describe('a profile', () => {
  it('changes one by one, and is told whole', () => {
    givenAccount()
      .when(change({ about: 'hi' }))
      .rejects('NOT_FOUND');
    givenAccount(registered)
      .when(change({ about: 'hi' }))
      .accepts([profile('Anna', 'hi')], answer, again);
    givenAccount(registered, profile('Anna', 'hi'))
      .when(change({ display_name: 'Anna K.' }))
      .accepts([profile('Anna K.', 'hi')], answer, again);
    givenAccount(registered, profile('Anna', 'hi'))
      .when(change({ about: null }))
      .accepts([profile('Anna', null)], answer, again);
    givenAccount(registered)
      .when(change({ display_name: 'Anna', about: null }))
      .repeats(answer);
  });
});

describe('the privacy of last seen', () => {
  it('is open at first, and absolute', () => {
    givenAccount(registered).when(show('everybody')).repeats(answer);
    givenAccount(registered)
      .when(show('nobody'))
      .accepts([privacy('nobody')], answer, again);
    givenAccount(registered, privacy('nobody'), privacy('contacts'))
      .when(show('everybody'))
      .accepts([privacy('everybody')], answer, again);
  });
});

describe('contacts', () => {
  it('are others, each once; null is none, and empty is one', () => {
    givenContacts().when(call('anna', 'me')).rejects('FORBIDDEN');
    givenContacts().when(call('ben', null)).repeats(answer);
    givenContacts()
      .when(call('ben', ''))
      .accepts([contact('ben', '')], answer, again);
    givenContacts(contact('ben', ''))
      .when(call('ben', 'Benny'))
      .accepts([contact('ben', 'Benny')], answer, again);
    givenContacts(contact('ben', 'Benny'), contact('cleo', 'C'))
      .when(call('ben', null))
      .accepts([contact('ben', null)], answer, again);
  });

  it('are so many', () => {
    const full = Array.from({ length: contacts_max }, (_, index) => contact(`user-${index}`, 'x'));
    givenContacts(...full)
      .when(call('ben', 'Benny'))
      .rejects('CONTACTS_LIMIT', { contacts_max });
    givenContacts(...full)
      .when(call('user-7', 'y'))
      .accepts([contact('user-7', 'y')], answer, again);
    givenContacts(...full, contact('user-7', null))
      .when(call('ben', 'Benny'))
      .accepts([contact('ben', 'Benny')], answer, again);
  });

  /** NATS' own limit of a message; a control character is six bytes of JSON, and no other is longer. */
  it('fit one message however they are called', () => {
    const user_id = '01980a6e-0000-7000-8000-000000000001';
    const one = { user_id, nickname: '\u0001'.repeat(nickname_chars_max) };
    const state: ContactsState = { last_date_ms: Date.now(), contacts: Array(contacts_max).fill(one) };
    expect(JSON.stringify(state).length).toBeLessThan(1_000_000);
  });
});

describe('contacts as they are stored', () => {
  const meta = { actor: by.actor, command_id: 'c', causation_id: 'c', correlation_id: 'c' };
  const base = { decision_id: 'd', nextId: () => 'e', meta };

  // Seen failing: with the whole state in none after the first.
  it('are whole in every 32nd decision, and restored from there; dates never go back', () => {
    const stored: { readonly sequence: number; readonly decision: ContactsDecision }[] = [];
    let pointers: Pointers | null = null;
    for (let index = 1; index <= 100; index++) {
      const sequence = index * 3;
      const decisions = pointed(stored, pointers).map(({ decision }) => decision);
      const state = restoreContacts(decisions);
      expect(state.contacts.map(({ nickname }) => nickname)).toStrictEqual(names(index - 1));
      const events = [contact(`user-${index}`, `name ${index}`)];
      const decision = buildContactsDecision({ ...base, at_ms: 1_000 - index, state, pointers, events });
      expect(decision.meta.occurred_at_ms).toBe(999);
      stored.push({ sequence, decision });
      pointers = pointersOfHead(sequence, decision.header);
    }
    const whole = stored.flatMap(({ decision }, index) => (decision.state === undefined ? [] : [index]));
    expect(whole).toStrictEqual([0, 32, 64, 96]);
  });

  const names = (count: number) => Array.from({ length: count }, (_, index) => `name ${index + 1}`);

  function pointed(
    stored: readonly { readonly sequence: number; readonly decision: ContactsDecision }[],
    pointers: Pointers | null,
  ) {
    if (pointers === null) return [];
    const places = new Set(
      [pointers.stateAt, ...pointers.since].map((at) => 'sequence' in at && at.sequence),
    );
    return stored.filter(({ sequence }) => places.has(sequence));
  }
});

const stored = (event: NewEvent<AccountEvent | ContactEvent>) =>
  ({ ...event, event_id: 'e', version: 1, chat_pts: 0 }) as AccountEvent | ContactEvent;

it('their user is told of all of it, and nobody else', () => {
  const told = [profile('Anna', 'hi'), privacy('nobody'), contact('ben', null)].map((event) =>
    accountEntriesOf(stored(event)),
  );
  expect(told).toStrictEqual([
    [{ user_id: 'anna', kind: 'user.changed' }],
    [{ user_id: 'anna', kind: 'privacy.changed' }],
    [{ user_id: 'anna', kind: 'contact.changed' }],
  ]);
});

/**
 * What devices set at once, in every order in which the store may take it. Seen failing: with the words about oneself not kept,
 * and with a contact that is none any more kept by the fold.
 */
it('ends alike on every device, as the last of each says, in every order', () => {
  const asked = [
    { of: 'name', value: 'Anna K.', account: change({ display_name: 'Anna K.' }) },
    { of: 'name', value: 'A.', account: change({ display_name: 'A.' }) },
    { of: 'about', value: 'hi', account: change({ about: 'hi' }) },
    { of: 'privacy', value: 'nobody', account: show('nobody') },
    { of: 'privacy', value: 'contacts', account: show('contacts') },
    { of: 'contact', value: 'Benny', contacts: call('ben', 'Benny') },
    { of: 'contact', value: null, contacts: call('ben', null) },
  ];
  for (const order of permutations(asked)) {
    let account: AccountState = accountDecider.evolve({ status: 'none' }, registered, given_at_ms);
    let contacts = contactsDecider.initialState;
    const events: (AccountEvent | ContactEvent)[] = [];
    for (const command of order) {
      const verdict = command.account
        ? accountDecider.decide(account, command.account())
        : contactsDecider.decide(contacts, command.contacts());
      if (verdict.kind !== 'accept') continue;
      for (const event of verdict.events) {
        if (event.type === 'ContactSet') contacts = contactsDecider.evolve(contacts, event, given_at_ms);
        else account = accountDecider.evolve(account, event, given_at_ms);
        events.push(stored(event));
      }
    }
    const last = (of: string) => order.findLast((one) => one.of === of)!.value;
    expect(account).toMatchObject({ display_name: last('name'), about: 'hi' });
    const state = emptyUserLog();
    let shown: object = {};
    for (const event of [...events, ...events.slice(-1)]) {
      const update = renderUpdate(accountEntriesOf(event)[0]!, event, 0);
      foldUpdate(state, update, 'anna');
      if (update.type === 'user.changed') shown = update;
    }
    expect(shown).toMatchObject({ display_name: last('name'), about: 'hi' });
    expect(state.privacy).toStrictEqual({ last_seen: last('privacy') });
    const nickname = last('contact');
    expect([...state.contacts]).toStrictEqual(nickname === null ? [] : [['ben', nickname]]);
    expect(contacts.contacts).toStrictEqual(nickname === null ? [] : [{ user_id: 'ben', nickname }]);
  }
});

function* permutations<T>(items: readonly T[]): Generator<readonly T[]> {
  if (items.length <= 1) return yield items;
  for (const [index, item] of items.entries())
    for (const rest of permutations(items.toSpliced(index, 1))) yield [item, ...rest];
}
