import { accept, reject, repeat, type Decider, type Verdict } from '../kernel/decider.js';
import type { NewEvent } from '../kernel/new-event.js';
import type {
  AccountAnswer,
  AccountCommand,
  AddDevice,
  Register,
  RevokeDevice,
  TellSignInFailed,
} from './commands.js';
import type { AccountEvent, Device } from './events.js';
import { devices_max, sign_in_failed_every_ms } from './limits.js';
import type { AccountState, ActiveAccount } from './state.js';

type AccountVerdict = Verdict<NewEvent<AccountEvent>, AccountAnswer>;

/** The rules of an account: registered once, some devices, each revoked at most once. */
export const accountDecider: Decider<AccountState, AccountCommand, NewEvent<AccountEvent>, AccountAnswer> = {
  initialState: { status: 'none' },
  evolve: evolveAccount,
  decide: (state, command) => {
    if (command.type === 'Register') return register(state, command);
    if (state.status === 'none') return reject('NOT_FOUND');
    if (command.type === 'AddDevice') return addDevice(state, command);
    return command.type === 'RevokeDevice' ? revokeDevice(state, command) : tellFailed(state, command);
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
  const { device_id, reason, actor } = command;
  if (!holds(account, device_id)) return repeat({ user_id });
  if (actor.device_id !== null && !holds(account, actor.device_id)) return reject('DEVICE_REVOKED');
  return accept([{ type: 'DeviceRevoked', data: { user_id, device_id, reason } }], { user_id });
}

function tellFailed(
  account: ActiveAccount,
  { cause, network_hash, at_ms }: TellSignInFailed,
): AccountVerdict {
  const { user_id, sign_in_failed_at_ms: last = -Infinity } = account;
  if (accountDate(account, at_ms) - last < sign_in_failed_every_ms) return repeat({ user_id });
  return accept([{ type: 'SignInFailed', data: { user_id, cause, network_hash } }], { user_id });
}

const holds = (account: ActiveAccount, deviceId: string): boolean =>
  account.devices.some((device) => device.device_id === deviceId);

/** Dates never go back within an account. */
export const accountDate = (state: AccountState, atMs: number): number =>
  state.status === 'none' ? atMs : Math.max(atMs, state.last_date_ms);

function evolveAccount(state: AccountState, event: NewEvent<AccountEvent>, dateMs: number): AccountState {
  if (event.type === 'UserRegistered') {
    const dates = { registered_at_ms: dateMs, last_date_ms: dateMs };
    return { status: 'active', ...event.data, ...dates, devices: [] };
  }
  if (state.status === 'none') return state;
  if (event.type === 'SignInFailed') return { ...state, sign_in_failed_at_ms: dateMs, last_date_ms: dateMs };
  const devices =
    event.type === 'DeviceAdded'
      ? [...state.devices, event.data.device]
      : state.devices.filter((device) => device.device_id !== event.data.device_id);
  return { ...state, devices, last_date_ms: dateMs };
}
