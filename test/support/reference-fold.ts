/**
 * A client's state, folded from updates by the protocol's words alone. Plain on purpose and written apart from
 * `libs/domain/user-log`: it is the other opinion that the tests compare with. It knows no versions, so it is right at
 * rest: once every update up to the head has been applied.
 */
import type { WireUpdate } from './wire-client.js';

export interface ReferenceMessage {
  seq: number;
  client_msg_id: string;
  sender_id: string;
  date_ms: number;
  content?: unknown;
  reply_to_seq?: number;
  edited_at_ms?: number;
  deleted?: boolean;
  hidden?: boolean;
  reactions: { emoji: string; count: number; mine: boolean }[];
}

export interface ReferenceChat {
  kind: string;
  title: string | null;
  description: string | null;
  photo_media_id: string | null;
  permissions: object;
  history: string;
  role: string;
  member_count: number;
  last_seq: number;
  read_seq: number;
  unread_count: number;
  delivered_outbox_seq: number;
  read_outbox_seq: number;
  visible_from_seq: number;
  muted_until_ms: number | null;
  archived: boolean;
  pinned: boolean;
  call?: object;
  messages: Map<number, ReferenceMessage>;
}

export class ReferenceState {
  readonly chats = new Map<string, ReferenceChat>();
  readonly devices = new Set<string>();
  readonly blocked = new Set<string>();
  readonly contacts = new Map<string, string>();
  privacy = { last_seen: 'everybody' };
  pts = 0;
  private isFromSnapshot = false;

  constructor(private readonly userId: string) {}

  /** The state that `sync.snapshot` (all of its pages) describes, with the messages that it brings. */
  static ofSnapshot(userId: string, pages: any[]): ReferenceState {
    const state = new ReferenceState(userId);
    state.pts = pages[0].pts;
    state.isFromSnapshot = true;
    // Records of a drill keep no more of it than the chats.
    state.privacy = pages[0].privacy ?? state.privacy;
    for (const { user_id, nickname } of pages.flatMap((page) => page.contacts ?? []))
      state.contacts.set(user_id, nickname);
    for (const chat of pages.flatMap((page) => page.chats)) {
      const messages = [...chat.messages, ...(chat.last_message ? [chat.last_message] : [])];
      state.chats.set(chat.chat_id, {
        ...pick(chat),
        messages: new Map(messages.map((message) => [message.seq, messageOf(message)])),
      });
    }
    return state;
  }

  /** Throws on a hole or a repeat: what a session is sent must be a contiguous run. */
  applyAll(updates: readonly WireUpdate[]): this {
    for (const update of updates) this.apply(update);
    return this;
  }

  private apply({ pts, pts_count, update }: WireUpdate): void {
    if (pts - pts_count !== this.pts) throw new Error(`a hole or a repeat: at ${this.pts} came ${pts}`);
    this.pts = pts;
    this.change(update);
    const chat = this.chats.get(String(update.chat_id));
    if (chat) chat.unread_count = chat.last_seq - chat.read_seq;
  }

  private change(update: Record<string, any>): void {
    if (update.type === 'device.added') return void this.devices.add(update.device.device_id);
    if (update.type === 'device.removed') return void this.devices.delete(update.device_id);
    if (update.type === 'user.blocked') return void this.blocked.add(update.user_id);
    if (update.type === 'user.unblocked') return void this.blocked.delete(update.user_id);
    // A profile is asked for.
    if (update.type === 'user.changed') return;
    if (update.type === 'privacy.changed') return void (this.privacy = { last_seen: update.last_seen });
    if (update.type === 'contact.changed') return this.changeContact(update);
    if (update.type === 'chat.new') return this.newChat(update);
    if (update.type === 'chat.removed') return void this.chats.delete(update.chat_id);
    const chat = this.chats.get(update.chat_id);
    if (!chat) return this.unknownChat(update);
    if (update.type === 'read.inbox') chat.read_seq = Math.max(chat.read_seq, update.seq);
    else if (update.type === 'read.outbox') chat.read_outbox_seq = Math.max(chat.read_outbox_seq, update.seq);
    else if (update.type === 'delivered.outbox') {
      chat.delivered_outbox_seq = Math.max(chat.delivered_outbox_seq, update.seq);
    } else if (update.type === 'chat.settings') {
      Object.assign(chat, pickPresent(update, ['muted_until_ms', 'archived', 'pinned']));
    } else if (update.type === 'messages.hidden') {
      const held = update.seqs.filter((seq: number) => chat.messages.has(seq));
      for (const seq of held) chat.messages.set(seq, withoutWords(chat.messages.get(seq)!, 'hidden'));
    } else if (update.type === 'call') {
      if (update.call.state === 'discarded') delete chat.call;
      else chat.call = update.call;
    } else if (update.type === 'chat.members') this.changeMembers(chat, update);
    else if (update.type === 'chat.changed')
      Object.assign(
        chat,
        pickPresent(update, ['title', 'description', 'photo_media_id', 'permissions', 'history', 'kind']),
      );
    else this.changeMessage(chat, update);
  }

  private changeContact({ user_id, nickname }: Record<string, any>): void {
    if (nickname === null) this.contacts.delete(user_id);
    else this.contacts.set(user_id, nickname);
  }

  /** A snapshot may be ahead of its pts: without a chat that its user was still in at that pts. */
  private unknownChat(update: Record<string, any>): void {
    if (!this.isFromSnapshot) throw new Error(`${update.type} of a chat that this user does not have`);
  }

  private newChat(update: Record<string, any>): void {
    const { chat, read_seq, visible_from_seq, role } = update;
    this.chats.set(update.chat_id, {
      kind: chat.kind,
      title: chat.title,
      description: chat.description,
      photo_media_id: chat.photo_media_id,
      permissions: chat.permissions,
      history: chat.history,
      role,
      member_count: chat.member_count,
      last_seq: chat.last_seq,
      read_seq,
      unread_count: 0,
      delivered_outbox_seq: 0,
      read_outbox_seq: 0,
      visible_from_seq,
      muted_until_ms: null,
      archived: false,
      pinned: false,
      messages: new Map(),
    });
  }

  private changeMembers(chat: ReferenceChat, update: Record<string, any>): void {
    chat.member_count = update.member_count;
    const own = update.changed.find(({ user_id }: any) => user_id === this.userId);
    if (own) chat.role = own.role;
  }

  private changeMessage(chat: ReferenceChat, update: Record<string, any>): void {
    const known = chat.messages.get(update.seq);
    if (update.type === 'message.new') {
      chat.messages.set(update.seq, messageOf(update.message));
      chat.last_seq = Math.max(chat.last_seq, update.seq);
      if (update.message.sender_id === this.userId) chat.read_seq = Math.max(chat.read_seq, update.seq);
    } else if (update.type === 'message.edited') {
      const mine = new Set(known?.reactions.filter((one) => one.mine).map((one) => one.emoji));
      const edited = messageOf(update.message);
      edited.reactions = edited.reactions.map((one) => ({ ...one, mine: mine.has(one.emoji) }));
      if (known) chat.messages.set(update.seq, known.deleted || known.hidden ? known : edited);
    } else if (update.type === 'message.deleted') {
      if (known && !known.hidden) chat.messages.set(update.seq, withoutWords(known, 'deleted'));
    } else if (update.type === 'message.reaction') this.react(known, update);
    else throw new Error(`an update of an unknown type: ${update.type}`);
  }

  private react(message: ReferenceMessage | undefined, update: Record<string, any>): void {
    if (!message || message.hidden) return;
    const before = message.reactions.find((one) => one.mine)?.emoji;
    const own = update.user_id === this.userId ? update.emoji : before;
    message.reactions = sorted(update.reactions.map((one: any) => ({ ...one, mine: one.emoji === own })));
  }
}

export function messageOf(message: any): ReferenceMessage {
  const { seq, client_msg_id, sender_id, date_ms } = message;
  if (message.hidden) return withoutWords(message, 'hidden');
  if (message.deleted) return withoutWords(message, 'deleted');
  return {
    seq,
    client_msg_id,
    sender_id,
    date_ms,
    ...pickPresent(message, ['content', 'reply_to_seq', 'edited_at_ms']),
    reactions: sorted(message.reactions.map((one: any) => ({ ...one, mine: one.mine ?? false }))),
  };
}

const withoutWords = (
  { seq, client_msg_id, sender_id, date_ms }: ReferenceMessage,
  is: 'deleted' | 'hidden',
): ReferenceMessage => ({ seq, client_msg_id, sender_id, date_ms, [is]: true, reactions: [] });

const sorted = (reactions: ReferenceMessage['reactions']) =>
  [...reactions].sort((one, other) => (one.emoji < other.emoji ? -1 : 1));

const chatFields = [
  'muted_until_ms',
  'archived',
  'pinned',
  'kind',
  'title',
  'description',
  'photo_media_id',
  'permissions',
  'history',
  'role',
  'member_count',
  'last_seq',
  'read_seq',
  'unread_count',
  'call',
] as const;
const outboxFields = ['delivered_outbox_seq', 'read_outbox_seq', 'visible_from_seq'] as const;
const pick = (chat: any): Omit<ReferenceChat, 'messages'> =>
  pickPresent(chat, [...chatFields, ...outboxFields]) as Omit<ReferenceChat, 'messages'>;

function pickPresent(object: any, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    names.filter((name) => object[name] !== undefined).map((name) => [name, object[name]]),
  );
}
