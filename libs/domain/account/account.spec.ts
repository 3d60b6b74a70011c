import { describe, expect, it } from 'vitest';
import { given_at_ms, specificationOf } from '../../../test/support/given.js';
import type { NewEvent } from '../kernel/new-event.js';
import {
  accountDecider,
  accountEntriesOf,
  buildAccountDecision,
  blocked_users_max,
  buildPhoneDecision,
  devices_max,
  new_device_ms,
  sign_in_failed_every_ms,
  phoneDecider,
  pinned_chats_max,
  restoreAccount,
  restorePhone,
  set_chats_max,
  type AccountCommand,
  type AccountEvent,
  type AccountState,
  type ActiveAccount,
} from './index.js';

const givenAccount = specificationOf(accountDecider);
const givenPhone = specificationOf(phoneDecider);
const answer = { user_id: 'anna' };
const actor = (device_id: string | null) => ({ actor: { user_id: 'anna', device_id }, at_ms: 2_000 });

const registered: NewEvent<AccountEvent> = {
  type: 'UserRegistered',
  data: { user_id: 'anna', display_name: 'Anna', phone_hash: 'hash' },
};
const added = (device_id: string, added_at_ms = given_at_ms): NewEvent<AccountEvent> => ({
  type: 'DeviceAdded',
  data: { user_id: 'anna', device: { device_id, name: 'Phone', type: 'mobile', added_at_ms } },
});
const revoked = (
  device_id: string,
  reason: 'revoked' | 'signed_out' = 'revoked',
): NewEvent<AccountEvent> => ({
  type: 'DeviceRevoked',
  data: { user_id: 'anna', device_id, reason },
});

const register =
  (phone_hash = 'hash') =>
  (): AccountCommand => ({
    type: 'Register',
    user_id: 'anna',
    display_name: 'Anna',
    phone_hash,
    ...actor(null),
  });
const add = (device_id: string) => (): AccountCommand => ({
  type: 'AddDevice',
  device: { device_id, name: 'Phone', type: 'mobile' },
  ...actor(null),
});
const revoke =
  (device_id: string, by: string | null, reason: 'revoked' | 'signed_out' = 'revoked') =>
  (): AccountCommand => ({ type: 'RevokeDevice', device_id, reason, ...actor(by) });

describe('registering', () => {
  it('happens once', () => {
    givenAccount().when(register()).accepts([registered], answer, { repeats: answer });
    givenAccount(registered).when(register('other')).rejects('USER_EXISTS');
  });

  it('comes before anything else', () => {
    givenAccount().when(add('phone')).rejects('NOT_FOUND');
    givenAccount().when(revoke('phone', null)).rejects('NOT_FOUND');
  });
});

describe('devices', () => {
  const full = Array.from({ length: devices_max }, (_, index) => added(`device-${index}`));

  it('are added once, up to devices_max', () => {
    const again = { repeats: answer };
    givenAccount(registered)
      .when(add('phone'))
      .accepts([added('phone', 2_000)], answer, again);
    givenAccount(registered, ...full)
      .when(add('one more'))
      .rejects('DEVICE_LIMIT', { devices_max });
    givenAccount(registered, ...full)
      .when(add('device-3'))
      .repeats(answer);
    givenAccount(registered, ...full, revoked('device-3'))
      .when(add('phone'))
      .accepts([added('phone', 2_000)], answer, again);
  });

  it('are revoked once, by any device that is not revoked itself, or by the system', () => {
    const two = [registered, added('phone'), added('laptop')];
    const again = { repeats: answer };
    givenAccount(...two)
      .when(revoke('phone', 'laptop'))
      .accepts([revoked('phone')], answer, again);
    givenAccount(...two)
      .when(revoke('phone', null))
      .accepts([revoked('phone')], answer, again);
    givenAccount(...two, revoked('phone'))
      .when(revoke('laptop', 'phone'))
      .rejects('DEVICE_REVOKED');
  });

  // Seen failing with the rule off, for one or for all others; with younger devices under it; and with it a millisecond longer.
  it('that are new do not revoke older ones for a day, one by one or all at once; younger ones and themselves they do', () => {
    const three = [registered, added('old', 1_000), added('new', 5_000), added('newer', 6_000)];
    const allowed_at_ms = 5_000 + new_device_ms;
    const by = (device_id: string, at_ms: number) => ({ actor: { user_id: 'anna', device_id }, at_ms });
    const one = (device_id: string, at_ms: number) => (): AccountCommand => ({
      ...revoke(device_id, null)(),
      ...by('new', at_ms),
    });
    const others = (device_id: string, at_ms: number) => (): AccountCommand => ({
      type: 'RevokeOthers',
      ...by(device_id, at_ms),
    });
    const again = { repeats: answer };
    for (const command of [one('old', allowed_at_ms - 1), others('new', allowed_at_ms - 1)])
      givenAccount(...three)
        .when(command)
        .rejects('DEVICE_TOO_NEW', { allowed_at_ms });
    givenAccount(...three)
      .when(one('old', allowed_at_ms))
      .accepts([revoked('old')], answer, again);
    givenAccount(...three)
      .when(one('newer', 7_000))
      .accepts([revoked('newer')], answer, again);
    givenAccount(...three)
      .when(one('new', 7_000))
      .accepts([revoked('new')], answer, again);
    givenAccount(...three)
      .when(others('new', allowed_at_ms))
      .accepts([revoked('old'), revoked('newer')], answer, again);
    givenAccount(...three)
      .when(others('old', 7_000))
      .accepts([revoked('new'), revoked('newer')], answer, again);
    givenAccount(...three, revoked('new'))
      .when(others('new', allowed_at_ms))
      .rejects('DEVICE_REVOKED');
  });

  it('sign themselves out once', () => {
    givenAccount(registered, added('phone'))
      .when(revoke('phone', 'phone', 'signed_out'))
      .accepts([revoked('phone', 'signed_out')], answer, { repeats: answer });
  });
});

describe('blocking', () => {
  const block =
    (other_id: string, blocked = true) =>
    (): AccountCommand => ({ type: 'SetBlocked', other_id, blocked, ...actor('phone') });
  const changed = (other_id: string, change: number, type: 'UserBlocked' | 'UserUnblocked' = 'UserBlocked') =>
    ({ type, data: { user_id: 'anna', other_id, change } }) as const;
  const again = { repeats: answer };

  it('is absolute, and numbers its changes', () => {
    givenAccount(registered)
      .when(block('ben'))
      .accepts([changed('ben', 1)], answer, again);
    givenAccount(registered).when(block('ben', false)).repeats(answer);
    givenAccount(registered, changed('ben', 1), changed('cleo', 2))
      .when(block('ben', false))
      .accepts([changed('ben', 3, 'UserUnblocked')], answer, again);
    givenAccount(registered, changed('ben', 1), changed('ben', 2, 'UserUnblocked'))
      .when(block('ben'))
      .accepts([changed('ben', 3)], answer, again);
  });

  it('is of others, and of so many', () => {
    givenAccount().when(block('ben')).rejects('NOT_FOUND');
    givenAccount(registered).when(block('anna')).rejects('FORBIDDEN');
    const full = Array.from({ length: blocked_users_max }, (_, index) => changed(`user-${index}`, index + 1));
    givenAccount(registered, ...full)
      .when(block('ben'))
      .rejects('BLOCKED_LIMIT', { blocked_users_max });
    givenAccount(registered, ...full)
      .when(block('user-7'))
      .repeats(answer);
  });
});

describe('settings of chats', () => {
  const unset = { muted_until_ms: null, archived: false, pinned: false };
  const set =
    (
      chat_id: string,
      change: object,
      more: Partial<Extract<AccountCommand, { type: 'SetChatSettings' }>> = {},
    ) =>
    (): AccountCommand => ({
      type: 'SetChatSettings',
      chat_id,
      visible_from_seq: 1,
      after: 7,
      change,
      left: [],
      ...actor('phone'),
      ...more,
    });
  const changed = (chat_id: string, settings: object, visible_from_seq = 1, more: object = {}) =>
    ({
      type: 'ChatSettingsChanged',
      data: {
        user_id: 'anna',
        after: 7,
        settings: { chat_id, visible_from_seq, ...unset, ...settings },
        ...more,
      },
    }) as const;
  const again = { repeats: answer };
  const muted = { muted_until_ms: 9_000 };

  it('change one by one, and are told all together', () => {
    givenAccount(registered)
      .when(set('hiking', muted))
      .accepts([changed('hiking', muted)], answer, again);
    givenAccount(registered, changed('hiking', muted))
      .when(set('hiking', { pinned: true }))
      .accepts([changed('hiking', { ...muted, pinned: true })], answer, again);
    givenAccount(registered, changed('hiking', { ...muted, archived: true }))
      .when(set('hiking', { muted_until_ms: null }))
      .accepts([changed('hiking', { archived: true })], answer, again);
    givenAccount(registered)
      .when(set('hiking', { archived: false }))
      .repeats(answer);
  });

  /** Whatever two devices set at once: the later holds where it is the same setting, and none is lost where it is not. */
  it('end alike in every order of two devices', () => {
    const both = [set('hiking', muted), set('hiking', { archived: true })] as const;
    for (const [first, second] of [both, both.toReversed()]) {
      const one = accountDecider.decide(account(registered), first!());
      const then = account(registered, ...eventsOf(one));
      const other = accountDecider.decide(then, second!());
      expect(account(registered, ...eventsOf(one), ...eventsOf(other)).chats).toMatchObject([
        { ...muted, archived: true },
      ]);
    }
    givenAccount(registered, changed('hiking', muted))
      .when(set('hiking', { muted_until_ms: 8_000 }))
      .accepts([changed('hiking', { muted_until_ms: 8_000 })], answer, again);
  });

  it('are over when their time is, and begin anew for who comes again', () => {
    givenAccount(registered)
      .when(set('hiking', { muted_until_ms: 2_000 }))
      .repeats(answer);
    givenAccount(registered, changed('hiking', muted))
      .when(set('hiking', { muted_until_ms: 1 }))
      .accepts([changed('hiking', {})], answer, again);
    givenAccount(registered, changed('hiking', muted))
      .when(set('hiking', { pinned: true }, { visible_from_seq: 5 }))
      .accepts([changed('hiking', { pinned: true }, 5)], answer, again);
  });

  it('have limits; chats that were left make room', () => {
    const pins = Array.from({ length: pinned_chats_max }, (_, index) =>
      changed(`chat-${index}`, { pinned: true }),
    );
    givenAccount(registered, ...pins)
      .when(set('hiking', { pinned: true }))
      .rejects('PINNED_LIMIT', { pinned_chats_max });
    givenAccount(registered, ...pins)
      .when(set('hiking', { pinned: true }, { left: ['chat-3', 'other'] }))
      .accepts([changed('hiking', { pinned: true }, 1, { forgotten: ['chat-3'] })], answer, again);
    givenAccount(registered, ...pins)
      .when(set('hiking', muted))
      .accepts([changed('hiking', muted)], answer, again);
    const full = Array.from({ length: set_chats_max }, (_, index) => changed(`chat-${index}`, muted));
    givenAccount(registered, ...full)
      .when(set('hiking', muted))
      .rejects('CHAT_SETTINGS_LIMIT', { set_chats_max });
    givenAccount(registered, ...full)
      .when(set('chat-5', { muted_until_ms: null }))
      .accepts([changed('chat-5', {})], answer, again);
  });
});

function account(...events: readonly NewEvent<AccountEvent>[]): ActiveAccount {
  const evolve = (state: AccountState, event: NewEvent<AccountEvent>) =>
    accountDecider.evolve(state, event, given_at_ms);
  return events.reduce(evolve, accountDecider.initialState) as ActiveAccount;
}

const eventsOf = (verdict: ReturnType<typeof accountDecider.decide>) =>
  verdict.kind === 'accept' ? verdict.events : [];

it('a phone is whose first claim it was', () => {
  const claim = (user_id: string) => () => ({ phone_hash: 'hash', user_id });
  const claimed = { type: 'PhoneClaimed' as const, data: { phone_hash: 'hash', user_id: 'anna' } };
  givenPhone().when(claim('anna')).accepts([claimed], answer, { repeats: answer });
  givenPhone(claimed).when(claim('ben')).rejects('PHONE_TAKEN');
});

it('failed sign-ins are told once an hour', () => {
  const data = { user_id: 'anna', cause: 'code_locked' as const, network_hash: 'n' };
  const failed: NewEvent<AccountEvent> = { type: 'SignInFailed', data };
  const told = (at_ms: number) => (): AccountCommand => ({
    type: 'TellSignInFailed',
    cause: 'code_locked',
    network_hash: 'n',
    ...actor(null),
    at_ms,
  });
  givenAccount().when(told(2_000)).rejects('NOT_FOUND');
  givenAccount(registered).when(told(2_000)).accepts([failed], answer, { repeats: answer });
  const later = given_at_ms + sign_in_failed_every_ms;
  givenAccount(registered, failed)
    .when(told(later - 1))
    .repeats(answer);
  // Given events are all of one moment, so that here the hour is over again.
  givenAccount(registered, failed).when(told(later)).accepts([failed], answer, { acceptsAnew: true });
  expect(accountEntriesOf({ ...failed, event_id: 'e', version: 1, chat_pts: 0 } as AccountEvent)).toEqual([]);
});

describe('stored', () => {
  const meta = {
    actor: { user_id: 'anna', device_id: null },
    command_id: 'c',
    causation_id: 'c',
    correlation_id: 'c',
  };
  const base = { decision_id: 'd', nextId: () => 'e', meta };

  it('an account is whole in each of its decisions, and its dates never go back', () => {
    const parts = { ...base, at_ms: 500, events: [registered] };
    const first = buildAccountDecision({ ...parts, state: accountDecider.initialState });
    expect(first.state).toMatchObject({ registered_at_ms: 500, last_date_ms: 500, devices: [] });
    const second = buildAccountDecision({
      ...parts,
      at_ms: 400,
      state: first.state,
      events: [added('phone')],
    });
    expect(second.decision.meta.occurred_at_ms).toBe(500);
    expect(restoreAccount(second.decision)).toStrictEqual(second.state);
    const {
      blocks: _blocks,
      chats: _chats,
      about: _about,
      privacy: _privacy,
      ...older
    } = second.decision.state!;
    expect(restoreAccount({ ...second.decision, state: older as typeof second.state })).toStrictEqual(
      second.state,
    );
    expect(restoreAccount(null)).toStrictEqual({ status: 'none' });
    const { state: _state, ...stateless } = second.decision;
    expect(() => restoreAccount(stateless)).toThrow('value is not an object');
  });

  it('so is a phone', () => {
    const events = [{ type: 'PhoneClaimed' as const, data: { phone_hash: 'hash', user_id: 'anna' } }];
    const claim = buildPhoneDecision({ ...base, at_ms: 5, state: phoneDecider.initialState, events });
    expect(restorePhone(claim.decision)).toStrictEqual({
      status: 'claimed',
      phone_hash: 'hash',
      user_id: 'anna',
    });
    expect(restorePhone(null)).toStrictEqual({ status: 'free' });
  });
});

it('hides messages without remembering which: what is hidden already is left out by whoever asks', () => {
  const asked = (): AccountCommand => ({
    type: 'HideMessages',
    chat_id: 'hiking',
    seqs: [2, 4],
    after: 7,
    actor: { user_id: 'anna', device_id: 'phone' },
    at_ms: 5_000,
  });
  const data = { user_id: 'anna', chat_id: 'hiking', seqs: [2, 4], after: 7 };
  const hidden = { type: 'MessagesHidden', data } as const;
  givenAccount(registered).when(asked).accepts([hidden], answer, { acceptsAnew: true });
});

it('tells its user of devices, blocks, settings and what is hidden', () => {
  const stored = (event: NewEvent<AccountEvent>) =>
    ({ ...event, event_id: 'e', version: 1, chat_pts: 0 }) as AccountEvent;
  expect(accountEntriesOf(stored(registered))).toStrictEqual([]);
  expect(accountEntriesOf(stored(added('phone')))).toStrictEqual([{ user_id: 'anna', kind: 'device.added' }]);
  expect(accountEntriesOf(stored(revoked('phone')))).toStrictEqual([
    { user_id: 'anna', kind: 'device.removed' },
  ]);
  const blocks = { user_id: 'anna', other_id: 'ben', change: 1 };
  expect(accountEntriesOf(stored({ type: 'UserBlocked', data: blocks }))).toStrictEqual([
    { user_id: 'anna', kind: 'user.blocked' },
  ]);
  expect(accountEntriesOf(stored({ type: 'UserUnblocked', data: blocks }))).toStrictEqual([
    { user_id: 'anna', kind: 'user.unblocked' },
  ]);
  const values = { muted_until_ms: null, archived: true, pinned: false };
  const settings = { chat_id: 'hiking', visible_from_seq: 3, ...values };
  const data = { user_id: 'anna', after: 7, settings };
  expect(accountEntriesOf(stored({ type: 'ChatSettingsChanged', data }))).toStrictEqual([
    { user_id: 'anna', kind: 'chat.settings', chat_id: 'hiking', values },
  ]);
  const hidden = { user_id: 'anna', chat_id: 'hiking', seqs: [2, 4], after: 7 };
  expect(accountEntriesOf(stored({ type: 'MessagesHidden', data: hidden }))).toStrictEqual([
    { user_id: 'anna', kind: 'messages.hidden', chat_id: 'hiking', values: { seqs: [2, 4] } },
  ]);
});
