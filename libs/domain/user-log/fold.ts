import type { Device, Privacy } from '../account/events.js';
import { openPrivacy } from '../account/profile.js';
import type { Contact } from '../account/state.js';
import { isLive, type CallView } from '../chat/call.js';
import { default_permissions } from '../authority/rules.js';
import { assert } from '../kernel/assert.js';
import type { Sha256 } from '../kernel/hashing.js';
import { applyEntry, cursorsOf, type ChatCursors } from './apply-entry.js';
import { emptyLogHash, entryHash, entryKinds } from './entry.js';
import { foldMessage, hide, nextOf, type Messages } from './fold-messages.js';
import { hashedEntryOf } from './hashed-update.js';
import type { ChannelNotification, ChatView, MessageView, Update, UpdateNotification } from './update.js';

/**
 * Everything a user's log tells, folded: the one implementation for servers, clients and tests. The maps belong to
 * whoever holds the state and are changed in place; what stands in them is not.
 */
export interface UserLogState {
  pts: number;
  /** The log's running hash at `pts`; null when it is not known (a snapshot without it, or folded without SHA-256). */
  hash: string | null;
  readonly chats: Map<string, FoldedChat>;
  /** By chat, by seq: the messages held. A change of one that is not held is left out: whoever fetches it sees it. */
  readonly messages: Map<string, Messages>;
  /** Of channels, whose own log may be behind: by chat, what was hidden before it was met. */
  readonly hiddenAhead: Map<string, Set<number>>;
  readonly devices: Map<string, Device>;
  /** What this user calls their contacts, by user; empty: by their own name. */
  readonly contacts: Map<string, string>;
  privacy: Privacy;
}

export type FoldedChat = Omit<ChatView, 'last_message' | 'unread_count'> & ChatCursors;

export const emptyUserLog = (): UserLogState => ({
  pts: 0,
  hash: emptyLogHash,
  chats: new Map(),
  messages: new Map(),
  hiddenAhead: new Map(),
  devices: new Map(),
  contacts: new Map(),
  privacy: openPrivacy,
});

/** A state to go on from: everything after `pts` is applied to it, whatever of that it shows already. */
export interface LogSnapshot {
  readonly pts: number;
  readonly hash?: string;
  readonly chats: readonly ChatView[];
  /** Messages beside each chat's last one. */
  readonly messages?: readonly MessageView[];
  readonly devices?: readonly Device[];
  readonly contacts?: readonly Contact[];
  readonly privacy?: Privacy;
}

export function fromSnapshot({ pts, hash, chats, ...more }: LogSnapshot): UserLogState {
  const { messages = [], devices = [], contacts = [], privacy = openPrivacy } = more;
  const state: UserLogState = {
    ...emptyUserLog(),
    pts,
    hash: hash ?? null,
    devices: new Map(devices.map((device) => [device.device_id, device])),
    contacts: new Map(contacts.map(({ user_id, nickname }) => [user_id, nickname])),
    privacy,
  };
  for (const { last_message, unread_count: _unread, ...chat } of chats) {
    state.chats.set(chat.chat_id, { ...untold, ...chat });
    if (last_message !== undefined) hold(state, last_message);
  }
  for (const message of messages) hold(state, message);
  return state;
}

/** A message fetched from the server; what is held already is replaced only by a later version. */
export function hold(state: UserLogState, message: MessageView): void {
  const held = messagesOf(state, message.chat_id);
  const before = held.get(message.seq);
  if (before === undefined || before.chat_pts <= message.chat_pts)
    held.set(message.seq, nextOf(before, message));
}

/**
 * The next update of `userId`'s log. A repeat is ignored; after a hole it throws: fetching what is missing is the
 * caller's. With `sha256` the running hash goes along.
 */
export function applyUpdate(
  state: UserLogState,
  notification: Omit<UpdateNotification, 'sync_token'>,
  userId: string,
  sha256?: Sha256,
): UserLogState {
  const { pts, pts_count, update } = notification;
  if (pts <= state.pts) return state;
  assert(pts - pts_count === state.pts, `update ${pts} does not follow ${state.pts}`);
  foldUpdate(state, update, userId);
  state.pts = pts;
  const known = sha256 !== undefined && state.hash !== null;
  state.hash = known ? entryHash(sha256, state.hash!, hashedEntryOf(notification)) : null;
  return state;
}

/** A newer server may send types that this version does not know: they are counted and hashed, and change nothing. */
export const isKnownUpdate = ({ type }: Update): boolean => entryKinds.includes(type);

/** What an update changes, pts aside. Harmless when done twice, and on a snapshot that is ahead of the update. */
export function foldUpdate(state: UserLogState, update: Update, userId: string): void {
  if (!isKnownUpdate(update)) return;
  switch (update.type) {
    case 'device.added':
      state.devices.set(update.device.device_id, update.device);
      return;
    case 'device.removed':
      state.devices.delete(update.device_id);
      return;
    // Lists that are asked for page by page: who shows one applies these to it.
    case 'user.blocked':
    case 'user.unblocked':
    // Profiles are no part of what the log adds up to: others' do not stand in it.
    case 'user.changed':
      return;
    case 'privacy.changed':
      state.privacy = { last_seen: update.last_seen };
      return;
    case 'contact.changed':
      if (update.nickname === null) state.contacts.delete(update.user_id);
      else state.contacts.set(update.user_id, update.nickname);
      return;
    default:
      foldChatUpdate(state, update, userId);
  }
}

/**
 * The next update of a channel's own log: what its copy in the user's log would change, and nothing else. `chat_pts` of a
 * channel is the place in that log; a repeat is ignored, after a hole it throws.
 */
export function applyChannelUpdate(
  state: UserLogState,
  { chat_id, chat_pts, chat_pts_count, update }: ChannelNotification,
  userId: string,
): void {
  const before = state.chats.get(chat_id);
  if (before?.kind !== 'channel' || chat_pts <= before.chat_pts) return;
  assert(chat_pts - chat_pts_count === before.chat_pts, `${chat_pts} does not follow ${before.chat_pts}`);
  if (update.type !== 'chat.unseen' && isKnownUpdate(update) && 'chat_id' in update)
    foldAboutChat(state, ownCopy(update, userId), userId);
  const after = state.chats.get(chat_id);
  if (after !== undefined) state.chats.set(chat_id, { ...after, chat_pts });
}

/** As the update would stand in the log of this user: with the values that are their own. */
function ownCopy(update: AboutChat, userId: string): AboutChat {
  if (update.type === 'message.new' && update.message.sender_id === userId)
    return { ...update, read_seq: update.seq };
  if (update.type !== 'chat.members') return update;
  const own = update.changed.find(({ user_id }) => user_id === userId);
  return own === undefined ? update : { ...update, role: own.role };
}

type AboutChat = Extract<Update, { readonly chat_id: string }>;

/** Where a channel is followed to, the user's own log does not tell. */
function foldChatUpdate(state: UserLogState, update: AboutChat, userId: string): void {
  const before = state.chats.get(update.chat_id);
  foldAboutChat(state, update, userId);
  const after = state.chats.get(update.chat_id);
  if (before?.kind === 'channel' && after !== undefined)
    state.chats.set(update.chat_id, { ...after, chat_pts: before.chat_pts });
}

function foldAboutChat(state: UserLogState, update: AboutChat, userId: string): void {
  const before = state.chats.get(update.chat_id) ?? null;
  const cursors = applyEntry(before, hashedEntryOf({ pts: 0, date_ms: 0, update }));
  if (cursors === null) {
    state.chats.delete(update.chat_id);
    state.messages.delete(update.chat_id);
    state.hiddenAhead.delete(update.chat_id);
    return;
  }
  const chat = summarised(before, update);
  state.chats.set(update.chat_id, { ...chat, ...cursorsOf(cursors) });
  foldMessage(messagesOf(state, update.chat_id), update, userId);
  if (chat.kind === 'channel') hideAhead(state, chat.last_seq, update);
}

function hideAhead(state: UserLogState, lastSeq: number, update: AboutChat): void {
  const ahead = state.hiddenAhead.get(update.chat_id) ?? new Set();
  if (update.type === 'messages.hidden') {
    for (const seq of update.seqs) if (seq > lastSeq) ahead.add(seq);
    if (ahead.size > 0) state.hiddenAhead.set(update.chat_id, ahead);
  }
  if (update.type === 'message.new' && ahead.delete(update.seq))
    hide(messagesOf(state, update.chat_id), update.seq);
}

/** The chat itself, by chat_pts: what a snapshot ahead of the log shows is not set back. */
function summarised(before: FoldedChat | null, update: AboutChat): Omit<FoldedChat, keyof ChatCursors> {
  if (update.type === 'chat.new' && (before === null || update.chat_pts > before.chat_pts)) {
    const { members: _members, ...summary } = update.chat;
    return { ...untold, ...before, ...summary, last_seq: Math.max(summary.last_seq, before?.last_seq ?? 0) };
  }
  assert(before !== null, 'only chat.new tells of a chat that was not there');
  if (update.type === 'message.new') return { ...before, last_seq: Math.max(before.last_seq, update.seq) };
  if (update.chat_pts <= before.chat_pts) return before;
  if (update.type === 'call') return withCall(before, update.call);
  if (update.type === 'chat.members') return { ...before, member_count: update.member_count };
  return update.type === 'chat.changed' ? { ...before, ...changedFields(update) } : before;
}

/** Only one that is going on. */
function withCall({ call: _before, ...chat }: Omit<FoldedChat, keyof ChatCursors>, call: CallView) {
  return isLive(call) ? { ...chat, call } : chat;
}

/** Of a chat of which a server of before told: it had no other. */
export const untold: Pick<ChatView, 'description' | 'permissions' | 'history'> = {
  description: null,
  permissions: default_permissions,
  history: 'joined',
};

const changeable = ['title', 'description', 'photo_media_id', 'permissions', 'history', 'kind'] as const;

const changedFields = (update: Extract<Update, { type: 'chat.changed' }>) =>
  Object.fromEntries(
    changeable.filter((field) => update[field] !== undefined).map((field) => [field, update[field]]),
  );

function messagesOf(state: UserLogState, chatId: string): Messages {
  let messages = state.messages.get(chatId);
  if (messages === undefined) state.messages.set(chatId, (messages = new Map()));
  return messages;
}

/** The chat as its member sees it now; undefined when it is none of theirs. */
export function toChatView(state: UserLogState, chatId: string): ChatView | undefined {
  const chat = state.chats.get(chatId);
  if (chat === undefined) return undefined;
  const last_message = lastShown(state.messages.get(chatId) ?? new Map(), chat.last_seq);
  return {
    ...chat,
    ...(last_message === undefined ? {} : { last_message }),
    unread_count: chat.last_seq - chat.read_seq,
  };
}

/** Below what is hidden, the latest that is held. */
function lastShown(messages: Messages, lastSeq: number): MessageView | undefined {
  const last = messages.get(lastSeq);
  if (last?.hidden !== true) return last;
  let found: MessageView | undefined;
  for (const message of messages.values())
    if (message.hidden !== true && message.seq > (found?.seq ?? 0)) found = message;
  return found;
}
