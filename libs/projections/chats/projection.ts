/**
 * Chats, their members, messages and logs, folded from CHAT. An event that the chat's row shows already (`chat_pts`)
 * changes nothing.
 */
import type {
  BecameChannel,
  CallChanged,
  ChatChanged,
  ChatCreated,
  ChatEvent,
  ChatPermissions,
  ChatSummary,
  DirectBlocked,
  Member,
  MemberBanned,
  MemberRemoved,
  MemberUnbanned,
  MembersAdded,
  MessageEdited,
  MessageSent,
  ReactionSet,
  RoleChanged,
  Tombstoned,
} from '#domain/chat/events.js';
import { isLive } from '#domain/chat/call.js';
import { default_permissions } from '#domain/authority/rules.js';
import { assert } from '#domain/kernel/assert.js';
import { defineProjection, type Place } from '../define-projection.js';
import { callRow } from './call-rows.js';
import { deletedRow, editedRow, reactedRow, sentRow } from './message-rows.js';
import { loadChatsRows, saveChatsRows, type ChatRow, type ChatsRows, type MemberRow } from './rows.js';

/** Changes the rows, and tells what of the chat's own row changes. */
type Change<Event> = (rows: ChatsRows, event: Event, chatId: string, place: Place) => Partial<ChatRow>;

const created: Change<ChatCreated> = (rows, { data }, chatId) => {
  addMembers(rows, chatId, data.members);
  const { created_at_ms, description = null } = data.chat;
  const { permissions = default_permissions, history = 'joined' } = data.chat;
  const rules = { ...permissionColumns(permissions), history };
  return { ...summaryColumns(data.chat), description, ...rules, last_message_date_ms: created_at_ms };
};

const chatChanged: Change<ChatChanged> = (_rows, { data: { permissions, ...changed } }) => ({
  ...changed,
  ...(permissions === undefined ? {} : permissionColumns(permissions)),
});

const membersAdded: Change<MembersAdded> = (rows, { data }, chatId) => {
  addMembers(rows, chatId, data.added);
  return summaryColumns(data.chat);
};

const memberRemoved: Change<MemberRemoved> = (rows, { data, chat_pts }, chatId) => {
  const member = memberRow(rows, chatId, data.user_id);
  rows.members.put({ ...member, removed_chat_pts: chat_pts });
  return { member_count: data.member_count };
};

const roleChanged: Change<RoleChanged> = (rows, { data }, chatId) => {
  rows.members.put({ ...memberRow(rows, chatId, data.user_id), role: data.role });
  return { member_count: data.member_count };
};

const memberBanned: Change<MemberBanned> = (rows, { data: { user_id, by } }, chat_id, { occurred_at_ms }) => {
  rows.bans.put({ chat_id, user_id, banned_by: by, banned_at_ms: occurred_at_ms });
  return {};
};

const memberUnbanned: Change<MemberUnbanned> = (rows, { data: { user_id } }, chat_id) => {
  rows.bans.remove({ chat_id, user_id });
  return {};
};

/** Only numbered: who sends is told by the chat itself. */
const directBlocked: Change<DirectBlocked> = () => ({});

/** Those that go on; of what is over the log tells. */
const callChanged: Change<CallChanged> = (rows, { data }, chat_id) => {
  if (isLive(data)) rows.calls.put(callRow(chat_id, data));
  else rows.calls.remove({ chat_id });
  return {};
};

const becameChannel: Change<BecameChannel> = () => ({ kind: 'channel' });

const sent: Change<MessageSent> = (rows, event, chatId) => {
  rows.messages.put(sentRow(chatId, event));
  return lastMessage(rows, chatId, event.data.message);
};

const edited: Change<MessageEdited> = (rows, event, chatId) => {
  const before = rows.messages.get({ chat_id: chatId, seq: event.data.message.seq });
  rows.messages.put(editedRow(chatId, before, event));
  return lastMessage(rows, chatId, event.data.message);
};

const tombstoned: Change<Tombstoned> = (rows, event, chatId) => {
  rows.messages.put(deletedRow(chatId, event));
  rows.deleted.push({ chat_id: chatId, seq: event.data.message.seq });
  return lastMessage(rows, chatId, event.data.message);
};

const reactionSet: Change<ReactionSet> = (rows, event, chatId) => {
  const { seq, user_id, emoji } = event.data;
  const before = rows.messages.get({ chat_id: chatId, seq });
  if (before && before.deleted_at_ms === null) rows.messages.put(reactedRow(before, event));
  if (emoji === null) rows.reactions.remove({ chat_id: chatId, seq, user_id });
  else rows.reactions.put({ chat_id: chatId, seq, user_id, emoji, chat_pts: event.chat_pts });
  return {};
};

const once =
  <Event extends ChatEvent>(change: Change<Event>) =>
  (rows: ChatsRows, event: Event, place: Place): void => {
    const chat_id = place.aggregate_id;
    const before = rows.chats.get({ chat_id });
    if (before && event.chat_pts <= before.chat_pts) return;
    assert(before || event.type === 'ChatCreated', `chat ${chat_id} is not created by its first event`);
    const changed = change(rows, event, chat_id, place);
    rows.chats.put({ ...before, ...changed, chat_id, chat_pts: event.chat_pts } as ChatRow);
    rows.log.put(logRow(event, place));
  };

export const chatsProjection = defineProjection<ChatEvent, ChatsRows>({
  name: 'chats',
  version: 1,
  family: 'CHAT',
  tables: ['chats', 'members', 'bans', 'calls', 'messages', 'message_reactions', 'chat_log'],
  load: loadChatsRows,
  apply: {
    ChatCreated: once(created),
    ChatChanged: once(chatChanged),
    MembersAdded: once(membersAdded),
    MemberRemoved: once(memberRemoved),
    RoleChanged: once(roleChanged),
    MemberBanned: once(memberBanned),
    MemberUnbanned: once(memberUnbanned),
    DirectBlocked: once(directBlocked),
    CallChanged: once(callChanged),
    BecameChannel: once(becameChannel),
    MessageSent: once(sent),
    MessageEdited: once(edited),
    Tombstoned: once(tombstoned),
    ReactionSet: once(reactionSet),
  },
  save: saveChatsRows,
});

function addMembers(rows: ChatsRows, chatId: string, members: readonly Member[]): void {
  for (const { user_id, role, joined_at_ms, visible_from_seq } of members) {
    const member = { user_id, role, joined_at_ms, visible_from_seq };
    rows.members.put({ chat_id: chatId, ...member, removed_chat_pts: null });
  }
}

function memberRow(rows: ChatsRows, chatId: string, userId: string): MemberRow {
  const member = rows.members.get({ chat_id: chatId, user_id: userId });
  assert(member, `chat ${chatId} changes somebody who was never its member`);
  return member;
}

const permissionColumns = ({ send, add_members, change_info }: ChatPermissions) => ({
  send_by: send,
  add_members_by: add_members,
  change_info_by: change_info,
});

function summaryColumns({ kind, title, photo_media_id, created_at_ms, member_count, last_seq }: ChatSummary) {
  return { kind, title, photo_media_id, created_at_ms, member_count, last_seq };
}

/** Also from what is told of a message later: its own decision may be erased. */
function lastMessage(rows: ChatsRows, chatId: string, message: { seq: number; date_ms: number }) {
  const chat = rows.chats.get({ chat_id: chatId });
  if (chat && chat.last_seq > message.seq) return {};
  return { last_seq: message.seq, last_message_date_ms: message.date_ms };
}

/** The event as it is stored, of whichever version: rows folded by different releases are alike. */
function logRow(event: ChatEvent, { aggregate_id, stream, sequence, index, occurred_at_ms, stored }: Place) {
  return {
    chat_id: aggregate_id,
    chat_pts: event.chat_pts,
    type: event.type,
    seq: seqOf(event),
    occurred_at_ms,
    event: stored,
    source_stream: stream,
    source_sequence: sequence,
    source_index: index,
  };
}

function seqOf(event: ChatEvent): number | null {
  if (event.type === 'ReactionSet') return event.data.seq;
  return 'message' in event.data ? event.data.message.seq : null;
}
