import { accept, reject, repeat, type Decider } from '../kernel/decider.js';
import type { NewEvent } from '../kernel/new-event.js';
import type {
  AccountAnswer,
  AccountCommand,
  AddDevice,
  HideMessages,
  Register,
  RevokeDevice,
  RevokeOthers,
  SetBlocked,
  TellSignInFailed,
} from './commands.js';
import type { AccountEvent, Device } from './events.js';
import { setChatSettings, withSettings } from './chat-settings.js';
import { changePrivacy, changeProfile, unsetProfile } from './profile.js';
import { accountDate, type AccountVerdict } from './verdict.js';
import { blocked_users_max, devices_max, new_device_ms, sign_in_failed_every_ms } from './limits.js';
import type { AccountState, ActiveAccount } from './state.js';

/** The rules of an account: registered once, some devices, each revoked at most once, some people blocked, some chats muted. */
export const accountDecider: Decider<AccountState, AccountCommand, NewEvent<AccountEvent>, AccountAnswer> = {
  initialState: { status: 'none' },
  evolve: evolveAccount,
  decide: (state, command) => {
    if (command.type === 'Register') return register(state, command);
    if (state.status === 'none') return reject('NOT_FOUND');
    switch (command.type) {
      case 'AddDevice':
        return addDevice(state, command);
      case 'RevokeDevice':
        return revokeDevice(state, command);
      case 'RevokeOthers':
        return revokeOthers(state, command);
      case 'TellSignInFailed':
        return tellFailed(state, command);
      case 'SetBlocked':
        return setBlocked(state, command);
      case 'SetChatSettings':
        return setChatSettings(state, command);
      case 'ChangeProfile':
        return changeProfile(state, command);
      case 'ChangePrivacy':
        return changePrivacy(state, command);
      case 'HideMessages':
        return hideMessages(state, command);
    }
  },
};

function register(state: AccountState, { user_id, display_name, phone_hash }: Register): AccountVerdict {
  if (state.status === 'none') {
    return accept([{ type: 'UserRegistered', data: { user_id, display_name, phone_hash } }], { user_id });
  }
  const same = state.user_id === user_id && state.phone_hash === phone_hash;
  return same ? repeat({ user_id }) : reject('USER_EXISTS');
}

function addDevice(account: ActiveAccount, command: AddDevice): AccountVerdict {
  const { user_id, devices } = account;
  if (holds(account, command.device.device_id)) return repeat({ user_id });
  if (devices.length >= devices_max) return reject('DEVICE_LIMIT', { devices_max });
  const device: Device = { ...command.device, added_at_ms: accountDate(account, command.at_ms) };
  return accept([{ type: 'DeviceAdded', data: { user_id, device } }], { user_id });
}

/** A device that is gone is revoked, whoever asks; otherwise a revoked device may not revoke others. */
function revokeDevice(account: ActiveAccount, command: RevokeDevice): AccountVerdict {
  const { user_id } = account;
  const { device_id, reason } = command;
  const device = account.devices.find((one) => one.device_id === device_id);
  if (device === undefined) return repeat({ user_id });
  const refusal = mayNotRevoke(account, command, [device]);
  return refusal ?? accept([{ type: 'DeviceRevoked', data: { user_id, device_id, reason } }], { user_id });
}

function revokeOthers(account: ActiveAccount, command: RevokeOthers): AccountVerdict {
  const { user_id, devices } = account;
  const others = devices.filter(({ device_id }) => device_id !== command.actor.device_id);
  const refusal = mayNotRevoke(account, command, others);
  if (refusal !== null) return refusal;
  if (others.length === 0) return repeat({ user_id });
  const events = others.map(
    ({ device_id }) => ({ type: 'DeviceRevoked', data: { user_id, device_id, reason: 'revoked' } }) as const,
  );
  return accept(events, { user_id });
}

/** A new device may not sign out older ones yet; itself, and those that came after it, it may. */
function mayNotRevoke(
  account: ActiveAccount,
  { actor, at_ms }: RevokeDevice | RevokeOthers,
  targets: readonly Device[],
): AccountVerdict | null {
  if (actor.device_id === null) return null;
  const own = account.devices.find(({ device_id }) => device_id === actor.device_id);
  if (own === undefined) return reject('DEVICE_REVOKED');
  const allowed_at_ms = own.added_at_ms + new_device_ms;
  const isOlder = targets.some(({ added_at_ms }) => added_at_ms < own.added_at_ms);
  return isOlder && at_ms < allowed_at_ms ? reject('DEVICE_TOO_NEW', { allowed_at_ms }) : null;
}

function tellFailed(
  account: ActiveAccount,
  { cause, network_hash, at_ms }: TellSignInFailed,
): AccountVerdict {
  const { user_id, sign_in_failed_at_ms: last = -Infinity } = account;
  if (accountDate(account, at_ms) - last < sign_in_failed_every_ms) return repeat({ user_id });
  return accept([{ type: 'SignInFailed', data: { user_id, cause, network_hash } }], { user_id });
}

function setBlocked({ user_id, blocks }: ActiveAccount, { other_id, blocked }: SetBlocked): AccountVerdict {
  if (other_id === user_id) return reject('FORBIDDEN');
  if (blocks.user_ids.includes(other_id) === blocked) return repeat({ user_id });
  if (blocked && blocks.user_ids.length >= blocked_users_max) {
    return reject('BLOCKED_LIMIT', { blocked_users_max });
  }
  const data = { user_id, other_id, change: blocks.changes + 1 };
  return accept([{ type: blocked ? 'UserBlocked' : 'UserUnblocked', data }], { user_id });
}

/** Always said: what is hidden already, the state does not know, and whoever asks leaves out. */
function hideMessages({ user_id }: ActiveAccount, { chat_id, seqs, after }: HideMessages): AccountVerdict {
  return accept([{ type: 'MessagesHidden', data: { user_id, chat_id, seqs, after } }], { user_id });
}

const holds = (account: ActiveAccount, deviceId: string): boolean =>
  account.devices.some((device) => device.device_id === deviceId);

function evolveAccount(state: AccountState, event: NewEvent<AccountEvent>, dateMs: number): AccountState {
  if (event.type === 'UserRegistered') {
    const dates = { registered_at_ms: dateMs, last_date_ms: dateMs };
    return {
      status: 'active',
      ...unsetProfile,
      ...event.data,
      ...dates,
      devices: [],
      blocks: { changes: 0, user_ids: [] },
      chats: [],
    };
  }
  if (state.status === 'none') return state;
  return { ...state, ...changeOf(state, event, dateMs), last_date_ms: dateMs };
}

function changeOf(
  { devices, blocks, chats }: ActiveAccount,
  event: Exclude<NewEvent<AccountEvent>, { type: 'UserRegistered' }>,
  dateMs: number,
): Partial<ActiveAccount> {
  switch (event.type) {
    case 'DeviceAdded':
      return { devices: [...devices, event.data.device] };
    case 'DeviceRevoked':
      return { devices: devices.filter((device) => device.device_id !== event.data.device_id) };
    case 'SignInFailed':
      return { sign_in_failed_at_ms: dateMs };
    case 'UserBlocked': {
      const { other_id, change: changes } = event.data;
      return { blocks: { changes, user_ids: [...blocks.user_ids, other_id] } };
    }
    case 'UserUnblocked': {
      const { other_id, change: changes } = event.data;
      return { blocks: { changes, user_ids: blocks.user_ids.filter((id) => id !== other_id) } };
    }
    case 'ChatSettingsChanged':
      return { chats: withSettings(chats, event.data, dateMs) };
    case 'ProfileChanged': {
      const { display_name, about } = event.data;
      return { display_name, about };
    }
    case 'PrivacyChanged':
      return { privacy: event.data.privacy };
    case 'MessagesHidden':
      return {};
  }
}
