import type { ConnectionState } from '#client/connection.js';
import { printable } from '../printable.js';
import { required, type Commands, type Desk } from './command.js';

/** The device itself: how it stands, and its network. */
export const stateCommands: Commands = {
  '/status': { usage: '/status', does: 'the connection, and what waits to be sent', run: showStatus },
  '/accept': {
    usage: '/accept TOKEN',
    does: 'let in a new device of yours that shows this',
    run: acceptQr,
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

async function acceptQr({ terminal }: Desk, rest: string): Promise<void> {
  const token = required(rest, 'the token');
  terminal.needServer();
  const { name, type } = await terminal.client.acceptQr(token);
  terminal.say(`· Let in: ${printable(name)} (${type}).`);
}

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

function connectionWords(state: ConnectionState): string {
  if (state.status === 'open') return 'connected';
  if (state.status !== 'waiting') return state.status;
  if (state.isOffline) return 'offline (/online)';
  return `not connected, trying again in ${Math.ceil(state.retryInMs / 1_000)} s`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
