import { describe, expect, it } from 'vitest';
import { given_at_ms, specificationOf } from '../../../test/support/given.js';
import type { NewEvent } from '../kernel/new-event.js';
import {
  accountDecider,
  accountEntriesOf,
  buildAccountDecision,
  buildPhoneDecision,
  devices_max,
  sign_in_failed_every_ms,
  phoneDecider,
  restoreAccount,
  restorePhone,
  type AccountCommand,
  type AccountEvent,
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

  it('sign themselves out once', () => {
    givenAccount(registered, added('phone'))
      .when(revoke('phone', 'phone', 'signed_out'))
      .accepts([revoked('phone', 'signed_out')], answer, { repeats: answer });
  });
});

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

it('tells its user of devices, and of nothing else', () => {
  const stored = (event: NewEvent<AccountEvent>) =>
    ({ ...event, event_id: 'e', version: 1, chat_pts: 0 }) as AccountEvent;
  expect(accountEntriesOf(stored(registered))).toStrictEqual([]);
  expect(accountEntriesOf(stored(added('phone')))).toStrictEqual([{ user_id: 'anna', kind: 'device.added' }]);
  expect(accountEntriesOf(stored(revoked('phone')))).toStrictEqual([
    { user_id: 'anna', kind: 'device.removed' },
  ]);
});
