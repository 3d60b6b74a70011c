/** About one’s own: settings of a chat, whom one has blocked, one’s name, contacts, devices, the number. */
import {
  accountDecider,
  contactsDecider,
  phoneDecider,
  type AccountCommand,
  type AccountEvent,
  type AccountState,
} from '#domain/account/index.js';
import type { NewEvent } from '#domain/kernel/new-event.js';
import { given_at_ms } from '../support/given.js';
import { already, conflictsOf, done } from './conflict.js';

const conflict = conflictsOf({ orderedBy: 'the account', decider: accountDecider });
const ofContacts = conflictsOf({ orderedBy: 'the contacts', decider: contactsDecider });
const ofPhones = conflictsOf({ orderedBy: 'the phone number', decider: phoneDecider });

const user_id = 'ann';
/** Long after everything given: no device is new. */
const at_ms = 100_000_000_000;
const by = (device_id: string) => ({ actor: { user_id, device_id }, at_ms });

const device = (device_id: string): NewEvent<AccountEvent> => ({
  type: 'DeviceAdded',
  data: { user_id, device: { device_id, name: device_id, type: 'mobile', added_at_ms: given_at_ms } },
});
const there: readonly NewEvent<AccountEvent>[] = [
  { type: 'UserRegistered', data: { user_id, display_name: 'Ann', phone_hash: 'hash' } },
  device('phone'),
  device('laptop'),
];

type Change = Extract<AccountCommand, { type: 'SetChatSettings' }>['change'];
const set = (device_id: string, change: Change) => (): AccountCommand => ({
  type: 'SetChatSettings',
  chat_id: 'chat',
  visible_from_seq: 1,
  after: 1,
  change,
  left: [],
  ...by(device_id),
});
const block = (device_id: string, blocked: boolean) => (): AccountCommand => ({
  type: 'SetBlocked',
  other_id: 'ben',
  blocked,
  ...by(device_id),
});
const profile =
  (device_id: string, change: { display_name?: string; about?: string }) => (): AccountCommand => ({
    type: 'ChangeProfile',
    ...change,
    ...by(device_id),
  });
const lastSeen = (device_id: string, last_seen: 'contacts' | 'nobody') => (): AccountCommand => ({
  type: 'ChangePrivacy',
  privacy: { last_seen },
  ...by(device_id),
});
const revoke = (device_id: string, gone: string) => (): AccountCommand => ({
  type: 'RevokeDevice',
  device_id: gone,
  reason: 'revoked',
  ...by(device_id),
});
const others = (device_id: string) => (): AccountCommand => ({ type: 'RevokeOthers', ...by(device_id) });

const mute_ms = at_ms + 1_000;
function settings(state: AccountState): string {
  const [chat] = state.status === 'none' ? [] : state.chats;
  if (chat === undefined) return 'as at first';
  const muted = chat.muted_until_ms === null ? [] : [`muted for ${chat.muted_until_ms - at_ms} ms`];
  return [...muted, ...(chat.archived ? ['archived'] : []), ...(chat.pinned ? ['pinned'] : [])].join(', ');
}
const of = <T>(
  state: AccountState,
  tell: (account: Exclude<AccountState, { status: 'none' }>) => T,
): string => (state.status === 'none' ? 'nobody' : String(tell(state)));
const devices = (state: AccountState): string =>
  of(state, (account) => account.devices.map(({ device_id }) => device_id).join(', ') || 'none');

export const inAccounts = [
  conflict({
    between: 'mute against mute',
    why: 'The later in the account holds, on all devices.',
    given: there,
    acts: {
      phone: set('phone', { muted_until_ms: mute_ms }),
      laptop: set('laptop', { muted_until_ms: mute_ms * 2 - at_ms }),
    },
    shows: settings,
    ends: {
      'phone, laptop': [[done, done], 'muted for 2000 ms'],
      'laptop, phone': [[done, done], 'muted for 1000 ms'],
    },
  }),
  conflict({
    between: 'mute against archive and pin',
    why: 'A device changes one setting, and the event tells all three as they are then: none takes another back.',
    given: there,
    acts: {
      mute: set('phone', { muted_until_ms: mute_ms }),
      archive: set('laptop', { archived: true }),
      pin: set('phone', { pinned: true }),
    },
    shows: settings,
    ends: {
      'mute, archive, pin': [[done, done, done], 'muted for 1000 ms, archived, pinned'],
      'mute, pin, archive': [[done, done, done], 'muted for 1000 ms, archived, pinned'],
      'archive, mute, pin': [[done, done, done], 'muted for 1000 ms, archived, pinned'],
      'archive, pin, mute': [[done, done, done], 'muted for 1000 ms, archived, pinned'],
      'pin, mute, archive': [[done, done, done], 'muted for 1000 ms, archived, pinned'],
      'pin, archive, mute': [[done, done, done], 'muted for 1000 ms, archived, pinned'],
    },
  }),
  conflict({
    between: 'block against unblock, one user’s devices',
    why: 'The later in the account holds.',
    given: there,
    acts: { block: block('phone', true), unblock: block('laptop', false) },
    shows: (state) => of(state, ({ blocks }) => (blocks.user_ids.includes('ben') ? 'blocked' : 'open')),
    ends: {
      'block, unblock': [[done, done], 'open'],
      'unblock, block': [[already, done], 'blocked'],
    },
  }),
  conflict({
    between: 'name against words about oneself',
    why: 'What is not named stays: two devices lose neither.',
    given: there,
    acts: { name: profile('phone', { display_name: 'Anna' }), about: profile('laptop', { about: 'Away' }) },
    shows: (state) => of(state, ({ display_name, about }) => `${display_name}, ${about}`),
    ends: {
      'name, about': [[done, done], 'Anna, Away'],
      'about, name': [[done, done], 'Anna, Away'],
    },
  }),
  conflict({
    between: 'name against name',
    why: 'The later in the account holds.',
    given: there,
    acts: {
      phone: profile('phone', { display_name: 'Anna' }),
      laptop: profile('laptop', { display_name: 'Annie' }),
    },
    shows: (state) => of(state, ({ display_name }) => display_name),
    ends: {
      'phone, laptop': [[done, done], 'Annie'],
      'laptop, phone': [[done, done], 'Anna'],
    },
  }),
  conflict({
    between: 'privacy against privacy',
    why: 'The later in the account holds.',
    given: there,
    acts: { phone: lastSeen('phone', 'contacts'), laptop: lastSeen('laptop', 'nobody') },
    shows: (state) => of(state, ({ privacy }) => privacy.last_seen),
    ends: {
      'phone, laptop': [[done, done], 'nobody'],
      'laptop, phone': [[done, done], 'contacts'],
    },
  }),
  conflict({
    between: 'two devices that sign out each other',
    why: 'Whoever comes first stays: a device that is signed out signs nobody out.',
    given: there,
    acts: { phone: revoke('phone', 'laptop'), laptop: revoke('laptop', 'phone') },
    shows: devices,
    ends: {
      'phone, laptop': [[done, 'DEVICE_REVOKED'], 'phone'],
      'laptop, phone': [[done, 'DEVICE_REVOKED'], 'laptop'],
    },
  }),
  conflict({
    between: 'signing out all others against signing out one',
    why: 'What is gone already is nothing to do.',
    given: [...there, device('tablet')],
    acts: { others: others('phone'), one: revoke('phone', 'tablet') },
    shows: devices,
    ends: {
      'others, one': [[done, already], 'phone'],
      'one, others': [[done, done], 'phone'],
    },
  }),
  ofContacts({
    between: 'nickname against nickname',
    why: 'The later holds, on all devices; the other is not told.',
    given: [],
    acts: {
      phone: () => ({ user_id, other_id: 'ben', nickname: 'Benny' }),
      laptop: () => ({ user_id, other_id: 'ben', nickname: 'Benjamin' }),
    },
    shows: ({ contacts }) => contacts.map(({ nickname }) => nickname).join(', '),
    ends: {
      'phone, laptop': [[done, done], 'Benjamin'],
      'laptop, phone': [[done, done], 'Benny'],
    },
  }),
  ofContacts({
    between: 'nickname against taking the contact away',
    why: 'The later holds.',
    given: [{ type: 'ContactSet', data: { user_id, other_id: 'ben', nickname: 'Ben' } }],
    acts: {
      rename: () => ({ user_id, other_id: 'ben', nickname: 'Benny' }),
      forget: () => ({ user_id, other_id: 'ben', nickname: null }),
    },
    shows: ({ contacts }) => contacts.map(({ nickname }) => nickname).join(', ') || 'no contact',
    ends: {
      'rename, forget': [[done, done], 'no contact'],
      'forget, rename': [[done, done], 'Benny'],
    },
  }),
  ofPhones({
    between: 'two who sign in first with one number',
    why: 'One number, one account: the store takes the first claim alone, the second signs in to that account.',
    given: [],
    acts: {
      one: () => ({ phone_hash: 'hash', user_id: 'ann' }),
      other: () => ({ phone_hash: 'hash', user_id: 'ben' }),
    },
    shows: (state) => (state.status === 'free' ? 'free' : state.user_id),
    ends: {
      'one, other': [[done, 'PHONE_TAKEN'], 'ann'],
      'other, one': [[done, 'PHONE_TAKEN'], 'ben'],
    },
  }),
];
