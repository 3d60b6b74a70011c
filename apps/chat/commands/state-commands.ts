import type { ConnectionState } from '#client/connection.js';
import type { DeviceView } from '#protocol/methods/devices.js';
import { Misuse } from '../misuse.js';
import { clockOrDay } from '../moments.js';
import { printable } from '../printable.js';
import type { Commands, Desk } from './command.js';

/** The device itself: how it stands, and its network. */
export const stateCommands: Commands = {
  '/status': { usage: '/status', does: 'the connection, and what waits to be sent', run: showStatus },
  '/devices': {
    usage: '/devices [out N|others]',
    does: 'where you are signed in; sign one out, or all the others',
    run: devices,
  },
  '/offline': {
    usage: '/offline',
    does: 'cut the network, to see what happens',
    run: ({ terminal }) => terminal.device.network.cut(),
  },
  '/online': {
    usage: '/online',
    does: 'give it back',
    run: ({ terminal }) => terminal.device.network.restore(),
  },
};

function showStatus({ terminal }: Desk): void {
  const { client, url } = terminal.device;
  const waiting = client.outboxSize;
  terminal.say(
    `  server      ${url}: ${connectionWords(client.connection)}`,
    `  log         up to entry ${client.pts}; ${count(client.chats().length, 'chat')} on this device`,
    `  to be sent  ${waiting === 0 ? 'nothing' : waiting}`,
    `  user        ${client.userId}`,
    `  device      ${client.deviceId}`,
  );
}

async function devices({ terminal }: Desk, rest: string): Promise<void> {
  const { client } = terminal.device;
  const all = await client.devices();
  const [, what] = /^out\s+(\d{1,2}|others)$/.exec(rest.trim()) ?? [];
  if (what === undefined && rest.trim() !== '')
    throw new Misuse('/devices, /devices out 2, or /devices out others.');
  if (what === undefined) return terminal.say(...all.map(deviceLine));
  const device = all[Number(what) - 1];
  if (what !== 'others' && device === undefined)
    throw new Misuse('There is no device with that number: /devices.');
  await (device === undefined ? client.revokeOtherDevices() : client.revokeDevice(device.device_id));
  terminal.say(
    device === undefined ? '  The others are signed out.' : `  ${printable(device.name)} is signed out.`,
  );
}

function deviceLine(
  { name, type, added_at_ms, last_active_at_ms, current }: DeviceView,
  index: number,
): string {
  const active = last_active_at_ms === null ? '' : `, last active ${clockOrDay(last_active_at_ms)}`;
  const own = current ? ' (this one)' : active;
  return `  ${index + 1}  ${printable(name)}, ${type}, since ${clockOrDay(added_at_ms)}${own}`;
}

function connectionWords(state: ConnectionState): string {
  if (state.status === 'open') return 'connected';
  if (state.status !== 'waiting') return state.status;
  if (state.isOffline) return 'offline (/online)';
  return `not connected, trying again in ${Math.ceil(state.retryInMs / 1_000)} s`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
