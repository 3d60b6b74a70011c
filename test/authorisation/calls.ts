/** For every method that is about a chat, parameters with which nothing but the caller's right can be wrong. */
import { key } from './world.js';

export interface About {
  readonly chat_id: string;
  /** The message in question. */
  readonly seq: number;
  /** The person in question. */
  readonly user_id: string;
  /** The call in question. */
  readonly call_id?: string | undefined;
}

const content = { type: 'text', text: 'words' };
let emojis = 0;
/** Another one each time, so that there is something to change. */
const emoji = (): string => ['👍', '🎉', '😀'][emojis++ % 3]!;

export const paramsOf: Readonly<Record<string, (about: About) => object>> = {
  'chats.get': ({ chat_id }) => ({ chat_id }),
  'chats.members': ({ chat_id }) => ({ chat_id }),
  'chats.update': ({ chat_id }) => ({ chat_id, description: key() }),
  'chats.addMembers': ({ chat_id, user_id }) => ({ chat_id, user_ids: [user_id] }),
  'chats.removeMember': ({ chat_id, user_id }) => ({ chat_id, user_id }),
  'chats.setRole': ({ chat_id, user_id }) => ({ chat_id, user_id, role: 'member' }),
  'chats.ban': ({ chat_id, user_id }) => ({ chat_id, user_id }),
  'chats.unban': ({ chat_id, user_id }) => ({ chat_id, user_id }),
  'chats.banned': ({ chat_id }) => ({ chat_id }),
  'chats.leave': ({ chat_id }) => ({ chat_id }),
  'chats.setMuted': ({ chat_id }) => ({ chat_id, until_ms: null }),
  'chats.setArchived': ({ chat_id }) => ({ chat_id, archived: false }),
  'chats.setPinned': ({ chat_id }) => ({ chat_id, pinned: false }),
  'messages.send': ({ chat_id, seq }) => ({ chat_id, client_msg_id: key(), content, reply_to_seq: seq }),
  'messages.edit': ({ chat_id, seq }) => ({ chat_id, seq, content }),
  'messages.delete': ({ chat_id, seq }) => ({ chat_id, seqs: [seq], for: 'everyone' }),
  'messages.delete for me': ({ chat_id, seq }) => ({ chat_id, seqs: [seq], for: 'me' }),
  'messages.react': ({ chat_id, seq }) => ({ chat_id, seq, emoji: emoji() }),
  'messages.read': ({ chat_id, seq }) => ({ chat_id, seq }),
  'typing.set': ({ chat_id, seq }) => ({ chat_id, action: 'typing', read_seq: seq }),
  'calls.accept': ({ chat_id, call_id = key() }) => ({ chat_id, call_id }),
  'calls.signal': ({ chat_id, call_id = key() }) => ({ chat_id, call_id, payload: 'x' }),
  'calls.discard': ({ chat_id, call_id = key() }) => ({ chat_id, call_id }),
  'messages.history': ({ chat_id }) => ({ chat_id }),
  'messages.reactions': ({ chat_id, seq }) => ({ chat_id, seq }),
  'messages.edits': ({ chat_id, seq }) => ({ chat_id, seq }),
  'messages.search': ({ chat_id }) => ({ chat_id, query: 'words' }),
  'messages.receipts': ({ chat_id, seq }) => ({ chat_id, seq }),
  'sync.chats': ({ chat_id }) => ({ watermarks: { [chat_id]: { seq: 0 } } }),
  'channels.getDifference': ({ chat_id }) => ({ chat_id, chat_pts: 0 }),
};

/** A rule may be of one way to call a method. */
export const methodOf = (name: string): string => name.replace(/ for me$/, '');

/** What a call that succeeds shows of the chat, beside the log that it moves if it is a command. */
export const shown: Readonly<Record<string, (about: About) => object>> = {
  'chats.get': ({ chat_id }) => ({ chat: { chat_id } }),
  'chats.update': ({ chat_id }) => ({ chat: { chat_id } }),
  'chats.addMembers': ({ chat_id }) => ({ chat: { chat_id } }),
  'chats.setRole': ({ chat_id }) => ({ chat: { chat_id } }),
  'chats.ban': ({ chat_id }) => ({ chat: { chat_id } }),
  'chats.unban': ({ chat_id }) => ({ chat: { chat_id } }),
  'chats.leave': ({ chat_id }) => ({ chat: { chat_id } }),
  'calls.accept': ({ chat_id, call_id }) => ({ call: { chat_id, call_id, state: 'accepted' } }),
  'calls.discard': ({ chat_id, call_id }) => ({ call: { chat_id, call_id, state: 'discarded' } }),
  'messages.send': ({ chat_id }) => ({ chat_id, duplicate: false }),
  'messages.delete': ({ seq }) => ({ deleted: [seq] }),
  'messages.delete for me': ({ seq }) => ({ deleted: [seq] }),
};

/** Without a chat: parameters that are good for whoever is signed in. */
export const ownParams = (
  me: { user_id: string; access_token: string },
  other: string,
  qr_token = 'a',
): Readonly<Record<string, object>> => ({
  'session.open': { access_token: me.access_token, client: { name: 'c', version: '1' } },
  'session.refresh': { access_token: me.access_token },
  'session.ping': {},
  'updates.getState': {},
  'updates.getDifference': { pts: 0 },
  'updates.ack': { pts: 1 },
  'sync.snapshot': {},
  'chats.list': {},
  'devices.acceptQr': { qr_token },
  'devices.list': {},
  // One that is gone, or never was: nothing to do.
  'devices.revoke': { device_id: key() },
  'chats.create': { kind: 'group', member_ids: [other], client_request_id: key() },
  'calls.iceServers': {},
  'calls.request': { user_id: other, kind: 'audio' },
  'presence.watch': { user_ids: [other] },
  'presence.set': { status: 'online' },
  'users.get': { user_id: other },
  'users.block': { user_id: other },
  'users.unblock': { user_id: other },
  'users.blocked': {},
  'users.update': { display_name: 'Somebody' },
  'users.setPrivacy': { last_seen: 'everybody' },
  'users.getPrivacy': {},
  'contacts.set': { user_id: other, nickname: 'Somebody' },
  'contacts.list': {},
  'contacts.sync': { phones: ['+15550100'] },
});
