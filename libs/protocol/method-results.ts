/** The result of every method, by its name: what clients get and handlers must give. */
import type * as acceptQr from './methods/accept-qr.js';
import type * as calls from './methods/calls.js';
import type * as channels from './methods/channels.js';
import type * as chats from './methods/chats.js';
import type * as contacts from './methods/contacts.js';
import type * as devices from './methods/devices.js';
import type * as messages from './methods/messages.js';
import type * as oneMessage from './methods/one-message.js';
import type * as presence from './methods/presence.js';
import type * as session from './methods/session.js';
import type * as typing from './methods/typing.js';
import type * as updates from './methods/updates.js';
import type * as users from './methods/users.js';

export interface MethodTypes {
  'session.open': { params: session.SessionOpenParams; result: session.SessionOpenResult };
  'session.refresh': { params: session.SessionRefreshParams; result: session.SessionRefreshResult };
  'session.ping': { params: session.SessionPingParams; result: session.SessionPingResult };
  'updates.getState': { params: updates.UpdatesGetStateParams; result: updates.UpdatesGetStateResult };
  'updates.getDifference': {
    params: updates.UpdatesGetDifferenceParams;
    result: updates.UpdatesGetDifferenceResult;
  };
  'updates.ack': { params: updates.UpdatesAckParams; result: updates.UpdatesAckResult };
  'sync.snapshot': { params: updates.SyncSnapshotParams; result: updates.SyncSnapshotResult };
  'sync.chats': { params: updates.SyncChatsParams; result: updates.SyncChatsResult };
  'channels.getDifference': {
    params: channels.ChannelsGetDifferenceParams;
    result: channels.ChannelsGetDifferenceResult;
  };
  'chats.create': { params: chats.ChatsCreateParams; result: chats.ChatResult };
  'chats.update': { params: chats.ChatsUpdateParams; result: chats.ChatResult };
  'chats.get': { params: chats.ChatsGetParams; result: chats.ChatResult };
  'chats.list': { params: chats.ChatsListParams; result: chats.ChatsListResult };
  'chats.members': { params: chats.ChatsMembersParams; result: chats.ChatsMembersResult };
  'chats.addMembers': { params: chats.ChatsAddMembersParams; result: chats.ChatResult };
  'chats.removeMember': { params: chats.ChatsRemoveMemberParams; result: chats.ChatResult };
  'chats.setRole': { params: chats.ChatsSetRoleParams; result: chats.ChatResult };
  'chats.ban': { params: chats.ChatsBanParams; result: chats.ChatResult };
  'chats.unban': { params: chats.ChatsUnbanParams; result: chats.ChatResult };
  'chats.banned': { params: chats.ChatsBannedParams; result: chats.ChatsBannedResult };
  'chats.leave': { params: chats.ChatsLeaveParams; result: chats.ChatsLeaveResult };
  'chats.setMuted': { params: chats.ChatsSetMutedParams; result: chats.ChatsSetMutedResult };
  'chats.setArchived': { params: chats.ChatsSetArchivedParams; result: chats.ChatsSetArchivedResult };
  'chats.setPinned': { params: chats.ChatsSetPinnedParams; result: chats.ChatsSetPinnedResult };
  'messages.send': { params: messages.MessagesSendParams; result: messages.MessagesSendResult };
  'messages.edit': { params: messages.MessagesEditParams; result: messages.MessagesEditResult };
  'messages.delete': { params: messages.MessagesDeleteParams; result: messages.MessagesDeleteResult };
  'messages.react': { params: messages.MessagesReactParams; result: messages.MessagesReactResult };
  'messages.read': { params: messages.MessagesReadParams; result: messages.MessagesReadResult };
  'messages.history': { params: messages.MessagesHistoryParams; result: messages.MessagesHistoryResult };
  'messages.reactions': {
    params: oneMessage.MessagesReactionsParams;
    result: oneMessage.MessagesReactionsResult;
  };
  'messages.receipts': {
    params: oneMessage.MessagesReceiptsParams;
    result: oneMessage.MessagesReceiptsResult;
  };
  'messages.edits': { params: oneMessage.MessagesEditsParams; result: oneMessage.MessagesEditsResult };
  'messages.search': { params: messages.MessagesSearchParams; result: messages.MessagesSearchResult };
  'devices.acceptQr': {
    params: acceptQr.DevicesAcceptQrParams;
    result: acceptQr.DevicesAcceptQrResult;
  };
  'typing.set': { params: typing.TypingSetParams; result: typing.TypingSetResult };
  'calls.request': { params: calls.CallsRequestParams; result: calls.CallResult };
  'calls.accept': { params: calls.CallsAcceptParams; result: calls.CallResult };
  'calls.signal': { params: calls.CallsSignalParams; result: calls.CallsSignalResult };
  'calls.discard': { params: calls.CallsDiscardParams; result: calls.CallResult };
  'calls.iceServers': { params: calls.CallsIceServersParams; result: calls.CallsIceServersResult };
  'presence.watch': { params: presence.PresenceWatchParams; result: presence.PresenceWatchResult };
  'presence.set': { params: presence.PresenceSetParams; result: presence.PresenceSetResult };
  'devices.list': { params: devices.DevicesListParams; result: devices.DevicesListResult };
  'devices.revoke': { params: devices.DevicesRevokeParams; result: devices.DevicesRevokeResult };
  'users.get': { params: users.UsersGetParams; result: users.UsersGetResult };
  'users.block': { params: users.UsersBlockParams; result: users.UsersBlockResult };
  'users.unblock': { params: users.UsersUnblockParams; result: users.UsersUnblockResult };
  'users.blocked': { params: users.UsersBlockedParams; result: users.UsersBlockedResult };
  'users.update': { params: users.UsersUpdateParams; result: users.UsersUpdateResult };
  'users.setPrivacy': { params: users.UsersSetPrivacyParams; result: users.UsersSetPrivacyResult };
  'users.getPrivacy': { params: users.UsersGetPrivacyParams; result: users.UsersGetPrivacyResult };
  'contacts.set': { params: contacts.ContactsSetParams; result: contacts.ContactsSetResult };
  'contacts.list': { params: contacts.ContactsListParams; result: contacts.ContactsListResult };
  'contacts.sync': { params: contacts.ContactsSyncParams; result: contacts.ContactsSyncResult };
}
