/** Every method of the wire protocol: what it takes, what it answers, and where the edge sends it. */
import type { Dto } from './dto.js';
import * as acceptQr from './methods/accept-qr.js';
import * as calls from './methods/calls.js';
import * as channels from './methods/channels.js';
import * as chats from './methods/chats.js';
import * as contacts from './methods/contacts.js';
import * as devices from './methods/devices.js';
import * as messages from './methods/messages.js';
import * as oneMessage from './methods/one-message.js';
import * as presence from './methods/presence.js';
import * as session from './methods/session.js';
import * as typing from './methods/typing.js';
import * as updates from './methods/updates.js';
import * as users from './methods/users.js';

/**
 * `session`: answered at the edge itself. `chat-command`, `account-command`: by the command handler of the aggregate's
 * range. `query`: by a query handler.
 */
type Route = 'session' | 'chat-command' | 'account-command' | 'query';

/**
 * Which aggregate a command is for: the chat it names, the chat it creates (a derived id), the direct chat with the user it names,
 * or the caller's account.
 */
type AggregateSource = 'chat_id' | 'created_chat' | 'direct_chat' | 'caller';

export interface Method {
  readonly params: Dto;
  readonly route: Route;
  readonly aggregate?: AggregateSource;
  /** Usable before `session.open`, or over plain HTTP. */
  readonly transports: 'any' | 'socket';
}

const atEdge = (params: Dto, transports: Method['transports'] = 'any'): Method => ({
  params,
  route: 'session',
  transports,
});
const chatCommand = (params: Dto, aggregate: AggregateSource = 'chat_id'): Method => ({
  params,
  route: 'chat-command',
  aggregate,
  transports: 'any',
});
const accountCommand = (params: Dto): Method => ({
  params,
  route: 'account-command',
  aggregate: 'caller',
  transports: 'any',
});
const query = (params: Dto): Method => ({ params, route: 'query', transports: 'any' });

export const methods = {
  'session.open': atEdge(session.SessionOpenParams, 'socket'),
  'session.refresh': atEdge(session.SessionRefreshParams, 'socket'),
  'session.ping': atEdge(session.SessionPingParams),
  'updates.getState': atEdge(updates.UpdatesGetStateParams),
  'updates.getDifference': atEdge(updates.UpdatesGetDifferenceParams),
  'updates.ack': atEdge(updates.UpdatesAckParams),
  'sync.snapshot': query(updates.SyncSnapshotParams),
  'sync.chats': query(updates.SyncChatsParams),
  'channels.getDifference': query(channels.ChannelsGetDifferenceParams),
  'chats.create': chatCommand(chats.ChatsCreateParams, 'created_chat'),
  'chats.update': chatCommand(chats.ChatsUpdateParams),
  'chats.get': query(chats.ChatsGetParams),
  'chats.list': query(chats.ChatsListParams),
  'chats.members': query(chats.ChatsMembersParams),
  'chats.addMembers': chatCommand(chats.ChatsAddMembersParams),
  'chats.removeMember': chatCommand(chats.ChatsRemoveMemberParams),
  'chats.setRole': chatCommand(chats.ChatsSetRoleParams),
  'chats.ban': chatCommand(chats.ChatsBanParams),
  'chats.unban': chatCommand(chats.ChatsUnbanParams),
  'chats.banned': query(chats.ChatsBannedParams),
  'chats.leave': chatCommand(chats.ChatsLeaveParams),
  'chats.setMuted': accountCommand(chats.ChatsSetMutedParams),
  'chats.setArchived': accountCommand(chats.ChatsSetArchivedParams),
  'chats.setPinned': accountCommand(chats.ChatsSetPinnedParams),
  'messages.send': chatCommand(messages.MessagesSendParams),
  'messages.edit': chatCommand(messages.MessagesEditParams),
  'messages.delete': chatCommand(messages.MessagesDeleteParams),
  'messages.react': chatCommand(messages.MessagesReactParams),
  'messages.read': chatCommand(messages.MessagesReadParams),
  'typing.set': chatCommand(typing.TypingSetParams),
  'calls.request': chatCommand(calls.CallsRequestParams, 'direct_chat'),
  'calls.accept': chatCommand(calls.CallsAcceptParams),
  'calls.signal': chatCommand(calls.CallsSignalParams),
  'calls.discard': chatCommand(calls.CallsDiscardParams),
  'calls.iceServers': atEdge(calls.CallsIceServersParams),
  'presence.watch': atEdge(presence.PresenceWatchParams, 'socket'),
  'presence.set': atEdge(presence.PresenceSetParams, 'socket'),
  'messages.history': query(messages.MessagesHistoryParams),
  'messages.reactions': query(oneMessage.MessagesReactionsParams),
  'messages.edits': query(oneMessage.MessagesEditsParams),
  'messages.search': query(messages.MessagesSearchParams),
  'messages.receipts': query(oneMessage.MessagesReceiptsParams),
  'devices.acceptQr': atEdge(acceptQr.DevicesAcceptQrParams),
  'devices.list': atEdge(devices.DevicesListParams),
  'devices.revoke': accountCommand(devices.DevicesRevokeParams),
  'users.get': query(users.UsersGetParams),
  'users.block': accountCommand(users.UsersBlockParams),
  'users.unblock': accountCommand(users.UsersUnblockParams),
  'users.blocked': query(users.UsersBlockedParams),
  'users.update': accountCommand(users.UsersUpdateParams),
  'users.setPrivacy': accountCommand(users.UsersSetPrivacyParams),
  'users.getPrivacy': query(users.UsersGetPrivacyParams),
  'contacts.set': accountCommand(contacts.ContactsSetParams),
  'contacts.list': query(contacts.ContactsListParams),
  'contacts.sync': query(contacts.ContactsSyncParams),
} as const satisfies Record<string, Method>;

export type MethodName = keyof typeof methods;

/** Where this request goes: what somebody deletes for themselves is a matter of their own account. */
export const methodFor = (name: MethodName, params: Readonly<Record<string, unknown>>): Method =>
  name === 'messages.delete' && params['for'] === 'me' ? deletionForMe : methods[name];
const deletionForMe = accountCommand(messages.MessagesDeleteParams);

export const isMethodName = (name: string): name is MethodName => Object.hasOwn(methods, name);
