import type { CallView } from '#domain/chat/call.js';
import { Misuse } from '../misuse.js';
import { printable } from '../printable.js';
import { openChatOf, type Commands, type Desk } from './command.js';

/** Calls, as far as a terminal goes: their states. It hears nothing and says nothing. */
export const callCommands: Commands = {
  '/call': {
    usage: '/call [video]',
    does: 'call the other person of the open chat',
    run: callPeer,
  },
  '/accept': {
    usage: '/accept [TOKEN]',
    does: 'answer the call that rings; or let in a new device of yours that shows this',
    run: accept,
  },
  '/hangup': {
    usage: '/hangup [busy]',
    does: 'end the call, or decline the one that rings',
    run: hangUp,
  },
};

async function callPeer(desk: Desk, rest: string): Promise<void> {
  const { terminal } = desk;
  const chat = terminal.client.chat(openChatOf(desk).chatId);
  const peer = chat?.kind === 'direct' ? await terminal.names.peerOf(chat) : undefined;
  if (peer === undefined) throw new Misuse('Calls are between two: open a chat of two (/with PHONE).');
  if (rest !== '' && rest !== 'video') throw new Misuse('/call takes nothing, or video.');
  terminal.needServer();
  await terminal.client.startCall(peer, rest === 'video' ? 'video' : 'audio');
}

async function accept(desk: Desk, token: string): Promise<void> {
  const { terminal } = desk;
  if (token !== '') return acceptQr(desk, token);
  const { userId } = terminal.client;
  const call = current(desk, ({ callee_id, state }) => callee_id === userId && state === 'requested');
  if (call === undefined) throw new Misuse('Nobody calls; to let a device in, its token is missing.');
  terminal.needServer();
  await terminal.client.acceptCall(call);
}

async function acceptQr({ terminal }: Desk, token: string): Promise<void> {
  terminal.needServer();
  const { name, type } = await terminal.client.acceptQr(token);
  terminal.say(`· Let in: ${printable(name)} (${type}).`);
}

/** Said expressly, so that it ends also what another device of this user is in, or was killed in. */
async function hangUp(desk: Desk, rest: string): Promise<void> {
  const { terminal } = desk;
  if (rest !== '' && rest !== 'busy') throw new Misuse('/hangup takes nothing, or busy.');
  const call = current(desk, () => true);
  if (call === undefined) throw new Misuse('There is no call.');
  terminal.needServer();
  const isRinging = call.state === 'requested' && call.callee_id === terminal.client.userId;
  const reason = isRinging ? (rest === 'busy' ? 'busy' : 'declined') : 'hangup';
  await terminal.client.hangUp(call, reason);
}

/** In the open chat before others, and of several the latest. */
function current({ terminal }: Desk, isMeant: (call: CallView) => boolean): CallView | undefined {
  const calls = terminal.client.calls().filter(isMeant);
  const here = calls.find(({ chat_id }) => chat_id === terminal.openChat?.chatId);
  return here ?? calls.toSorted((one, other) => other.requested_at_ms - one.requested_at_ms)[0];
}
