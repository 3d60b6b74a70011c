import type { AccountEvent, ContactEvent, DeviceRevoked } from '../account/events.js';
import type {
  ChatEvent,
  ChatCreated,
  MembersAdded,
  MessageEdited,
  MessageIdentity,
  MessageSent,
} from '../chat/events.js';
import { callView } from '../chat/call.js';
import { isDue } from '../chat/due.js';
import { default_permissions } from '../authority/rules.js';
import { assert, AssertionError } from '../kernel/assert.js';
import type { EntryKind, UserLogEntry } from './entry.js';
import { messageView, tombstoneView } from './message-view.js';
import type { ChatMembersUpdate, ShownSummary, Update } from './update.js';

/** An entry, or the draft of one: what is shown of it does not depend on its place in the log. */
export type RenderedEntry = Pick<UserLogEntry, 'kind' | 'chat_id' | 'chat_pts' | 'seq' | 'values'>;
export type RenderedEvent = ChatEvent | AccountEvent | ContactEvent;

/** What is told of a message that is deleted: every `Tombstoned` has it, and so has the message's row. */
export interface Tombstone {
  readonly chat_pts: number;
  readonly data: { readonly message: MessageIdentity };
}

const withoutEvent: ReadonlySet<EntryKind> = new Set([
  'read.inbox',
  'read.outbox',
  'delivered.outbox',
  'chat.removed',
  'chat.settings',
  'messages.hidden',
]);
/** Whether an entry of this kind is rendered with its event; the others are whole by themselves. */
export const needsEvent = (kind: EntryKind): boolean => !withoutEvent.has(kind);

/** What people wrote: shown no more once it is deleted. */
export const showsText = (kind: EntryKind): boolean => kind === 'message.new' || kind === 'message.edited';

/**
 * The update that an entry stands for, made of the one event it refers to. Cursors need no event. `event` is null when
 * it was erased; then, and whenever the message is known to be deleted, `tombstone` says what is left of it. A message that is due
 * at `nowMs` is shown as deleted, also when its tombstone is still to come.
 */
export function renderUpdate(
  entry: RenderedEntry,
  event: RenderedEvent | null,
  nowMs: number,
  tombstone?: Tombstone,
): Update {
  switch (entry.kind) {
    case 'message.new':
    case 'message.edited':
      return messageUpdate(entry, entry.kind, event, tombstone ?? dueAt(nowMs, event));
    case 'message.deleted': {
      const { deleted_by, deleted_at_ms, expired } = dataOf(entry, event, 'Tombstoned');
      const why = expired === undefined ? {} : { expired };
      return { type: entry.kind, ...aboutMessage(entry), deleted_by, date_ms: deleted_at_ms, ...why };
    }
    case 'message.reaction': {
      const { user_id, emoji, reactions } = dataOf(entry, event, 'ReactionSet');
      return { type: entry.kind, ...aboutMessage(entry), user_id, emoji, reactions };
    }
    case 'read.inbox':
    case 'read.outbox':
    case 'delivered.outbox':
      return { type: entry.kind, ...aboutMessage(entry) };
    case 'chat.new':
      return chatNewUpdate(entry, event);
    case 'chat.members':
      return { type: entry.kind, ...aboutChat(entry), ...membersChange(entry, event), ...roleOf(entry) };
    case 'chat.removed':
      return { type: entry.kind, ...aboutChat(entry) };
    case 'chat.settings':
      return { type: entry.kind, ...aboutChat(entry), ...settingsOf(entry) };
    case 'messages.hidden':
      return { type: entry.kind, ...aboutChat(entry), seqs: hiddenBy(entry) };
    case 'call': {
      const about = aboutChat(entry);
      return {
        type: entry.kind,
        ...about,
        call: callView(about.chat_id, dataOf(entry, event, 'CallChanged')),
      };
    }
    case 'chat.changed':
      return { type: entry.kind, ...aboutChat(entry), ...chatChange(entry, event) };
    case 'device.added':
      return { type: entry.kind, device: dataOf(entry, event, 'DeviceAdded').device };
    case 'device.removed':
      return { type: entry.kind, ...removedDevice(dataOf(entry, event, 'DeviceRevoked')) };
    case 'user.blocked':
      return { type: entry.kind, user_id: dataOf(entry, event, 'UserBlocked').other_id };
    case 'user.unblocked':
      return { type: entry.kind, user_id: dataOf(entry, event, 'UserUnblocked').other_id };
    case 'user.changed': {
      const { user_id, display_name, about } = dataOf(entry, event, 'ProfileChanged');
      return { type: entry.kind, user_id, display_name, about };
    }
    case 'privacy.changed':
      return { type: entry.kind, last_seen: dataOf(entry, event, 'PrivacyChanged').privacy.last_seen };
    case 'contact.changed': {
      const { other_id: user_id, nickname } = dataOf(entry, event, 'ContactSet');
      return { type: entry.kind, user_id, nickname };
    }
  }
}

const removedDevice = ({ device_id, reason }: DeviceRevoked['data']) => ({ device_id, reason });

/** Until its tombstone comes, its own event tells what is left of it. */
function dueAt(nowMs: number, event: RenderedEvent | null): Tombstone | undefined {
  const isWorded = event?.type === 'MessageSent' || event?.type === 'MessageEdited';
  return isWorded && isDue(event.data.message, nowMs) ? event : undefined;
}

function messageUpdate(
  entry: RenderedEntry,
  type: 'message.new' | 'message.edited',
  event: RenderedEvent | null,
  tombstone: Tombstone | undefined,
): Update {
  const about = aboutMessage(entry);
  const read = entry.values?.read_seq === undefined ? {} : { read_seq: entry.values.read_seq };
  if (tombstone !== undefined) {
    const { chat_pts, data } = tombstone;
    return { type, ...about, message: tombstoneView(about.chat_id, chat_pts, data.message), ...read };
  }
  const named = type === 'message.new' ? 'MessageSent' : 'MessageEdited';
  const { message, body, ...rest } = dataOf(entry, event, named) as SentOrEdited;
  const shown = { ...about, message, content: body.content, reactions: rest.reactions ?? [] };
  const edited = rest.edited_at_ms === undefined ? {} : { edited_at_ms: rest.edited_at_ms };
  const silent = rest.silent === true ? { silent: true as const } : {};
  return { type, ...about, message: messageView({ ...shown, ...edited }), ...silent, ...read };
}

type SentOrEdited = MessageSent['data'] & Partial<Pick<MessageEdited['data'], 'edited_at_ms' | 'reactions'>>;

/** The members stand in it for direct chats only: without the other person they could not be shown. */
function chatNewUpdate(entry: RenderedEntry, event: RenderedEvent | null): Update {
  const about = aboutChat(entry);
  const { read_seq, visible_from_seq, role } = entry.values ?? {};
  assert(
    read_seq !== undefined && visible_from_seq !== undefined && role !== undefined,
    'chat.new has its values',
  );
  assert(event?.type === 'ChatCreated' || event?.type === 'MembersAdded', mismatch(entry, event));
  const chat = { ...shownSummary(event), chat_id: about.chat_id, ...peersOf(event) };
  return { type: 'chat.new', ...about, chat, read_seq, visible_from_seq, role };
}

function shownSummary({ data }: ChatCreated | MembersAdded): ShownSummary {
  const { permissions = default_permissions, history = 'joined', description = null, ...chat } = data.chat;
  return { ...chat, description, permissions, history };
}

function peersOf(event: ChatCreated | MembersAdded) {
  if (event.type !== 'ChatCreated' || event.data.chat.kind !== 'direct') return {};
  return { members: event.data.members.map(({ user_id, role }) => ({ user_id, role })) };
}

function chatChange(entry: RenderedEntry, event: RenderedEvent | null) {
  if (event?.type === 'BecameChannel') return { kind: 'channel' as const };
  return dataOf(entry, event, 'ChatChanged');
}

type MembersChange = Omit<ChatMembersUpdate, 'type' | 'chat_id' | 'chat_pts' | 'role'>;

function membersChange(entry: RenderedEntry, event: RenderedEvent | null): MembersChange {
  const none = { added: [], removed: [], changed: [] };
  switch (event?.type) {
    case 'ChatCreated': {
      const added = event.data.members.map(({ user_id, role }) => ({ user_id, role }));
      return { ...none, added, member_count: event.data.chat.member_count };
    }
    case 'MembersAdded': {
      const added = event.data.added.map(({ user_id, role }) => ({ user_id, role }));
      return { ...none, added, member_count: event.data.chat.member_count };
    }
    case 'MemberRemoved':
      return { ...none, removed: [event.data.user_id], member_count: event.data.member_count };
    case 'RoleChanged': {
      const { user_id, role, member_count } = event.data;
      return { ...none, changed: [{ user_id, role }], member_count };
    }
    case 'MemberBanned':
      return { ...none, banned: [event.data.user_id], member_count: event.data.member_count };
    case 'MemberUnbanned':
      return { ...none, unbanned: [event.data.user_id], member_count: event.data.member_count };
    default:
      return unrenderable(entry, event);
  }
}

function settingsOf({ values }: RenderedEntry) {
  const { muted_until_ms, archived, pinned } = values ?? {};
  assert(
    muted_until_ms !== undefined && archived !== undefined && pinned !== undefined,
    'chat.settings has its values',
  );
  return { muted_until_ms, archived, pinned };
}

function hiddenBy({ values }: RenderedEntry): readonly number[] {
  assert(values?.seqs !== undefined, 'messages.hidden has its values');
  return values.seqs;
}

const roleOf = ({ values }: RenderedEntry) => (values?.role === undefined ? {} : { role: values.role });

function aboutChat({ kind, chat_id, chat_pts }: RenderedEntry) {
  assert(chat_id !== undefined && chat_pts !== undefined, `${kind} names its chat and chat_pts`);
  return { chat_id, chat_pts };
}

function aboutMessage(entry: RenderedEntry) {
  assert(entry.seq !== undefined, `${entry.kind} names a seq`);
  return { ...aboutChat(entry), seq: entry.seq };
}

type DataByType = { readonly [E in RenderedEvent as E['type']]: E['data'] };

function dataOf<T extends keyof DataByType>(
  entry: RenderedEntry,
  event: RenderedEvent | null,
  type: T,
): DataByType[T] {
  assert(event?.type === type, mismatch(entry, event));
  return event.data as DataByType[T];
}

function unrenderable(entry: RenderedEntry, event: RenderedEvent | null): never {
  throw new AssertionError(mismatch(entry, event));
}

/** An entry whose event is gone without a tombstone, or is of another kind: the log does not fit its source. */
const mismatch = ({ kind }: { readonly kind: EntryKind }, event: RenderedEvent | null): string =>
  `${kind} cannot be made of ${event?.type ?? 'an erased event'}`;
