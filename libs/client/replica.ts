import {
  applyChannelUpdate,
  emptyUserLog,
  foldUpdate,
  fromSnapshot,
  hold,
  isKnownUpdate,
  toChatView,
  untold,
  type FoldedChat,
  type LogSnapshot,
  type UserLogState,
} from '#domain/user-log/fold.js';
import type {
  ChannelNotification,
  ChannelUpdate,
  ChatView,
  MessageView,
  Update,
} from '#domain/user-log/update.js';
import type { Privacy } from '#domain/account/events.js';
import type { Contact } from '#domain/account/state.js';
import { asOf, ExpiringMessages, parsed } from './expiring-messages.js';
import { keysUnder, type LocalStore, type StoredValue } from './local-store.js';
import { ReplicaRecords } from './replica-records.js';
import {
  chat_prefix,
  chatKey,
  contact_prefix,
  contactKey,
  expiry_prefix,
  isOfLog,
  message_prefix,
  messageKey,
  messagesPrefix,
  privacy_key,
} from './stored-keys.js';
import type { LogPosition } from './update-manager.js';

/** Messages of a chat in memory, once they are stored: the latest, without a hole. */
export const memory_messages_max = 100;
/** Messages of a chat in the store: of the latest. Older ones are the server's to show. */
export const chat_messages_max = 500;

interface Sync extends LogPosition {
  readonly user_id: string;
}

export type SnapshotContent = Omit<LogSnapshot, 'pts' | 'hash' | 'devices'>;

/**
 * One user's chats, messages and contacts as this device has them: the fold of the log, in memory and in the store. What changed
 * since the last `store` is stored together with the place in the log, in one commit: never one without the other.
 *
 * Memory holds each chat's latest messages. What an update says of an older one removes it from the store, and whoever
 * wants it asks the server: what is there is right, or not there.
 */
export class Replica {
  #state: UserLogState = emptyUserLog();
  #position: LogPosition | null = null;
  readonly #records: ReplicaRecords;
  /** Fetched from the server, on their way into the store, by key. */
  readonly #pages = new Map<string, MessageView>();
  /** How often, by chat, the log told of messages that are not in memory. */
  readonly #unseenChanges = new Map<string, number>();
  readonly #expiring = new ExpiringMessages();

  constructor(
    private readonly userId: string,
    private readonly localStore: LocalStore,
    /** The server's, as far as it is known. */
    private readonly nowMs: () => number = Date.now,
  ) {
    this.#records = new ReplicaRecords(localStore);
  }

  /** Takes over what an earlier run stored, unless it was another user's. */
  async restore(): Promise<void> {
    const sync = (await this.localStore.load({ from: 'sync', before: 'sync~' })).get('sync') as
      Sync | undefined;
    if (sync?.user_id !== this.userId) {
      this.#records.clear('sync', privacy_key, chat_prefix, contact_prefix);
      this.#records.clear(message_prefix, expiry_prefix);
      return;
    }
    const { pts, sync_token, hash } = sync;
    this.#position = { pts, sync_token, hash };
    this.#expiring.restore((await this.localStore.load(keysUnder(expiry_prefix))).keys());
    const chats = [...(await this.localStore.load(keysUnder(chat_prefix))).values()] as FoldedChat[];
    // An earlier version of the SDK may have stored it, which knew of less.
    for (const chat of chats) this.#state.chats.set(chat.chat_id, { ...untold, ...chat });
    await Promise.all(chats.map((chat) => this.#restoreMessages(chat)));
    await this.forgetDue(this.nowMs());
    const contacts = await this.localStore.load(keysUnder(contact_prefix));
    for (const { user_id, nickname } of [...contacts.values()] as Contact[])
      this.#state.contacts.set(user_id, nickname);
    const own = await this.localStore.load(keysUnder(privacy_key));
    this.#state.privacy = (own.get(privacy_key) as Privacy | undefined) ?? this.#state.privacy;
  }

  /** Where the log is continued from; null: there is nothing yet. */
  get position(): LogPosition | null {
    return this.#position;
  }

  chats(): ChatView[] {
    return [...this.#state.chats.keys()].map((chatId) => this.chat(chatId)!);
  }

  chat(chatId: string): ChatView | undefined {
    const chat = toChatView(this.#state, chatId);
    if (chat?.last_message === undefined) return chat;
    return { ...chat, last_message: asOf(chat.last_message, this.nowMs()) };
  }

  contacts(): Contact[] {
    return Array.from(this.#state.contacts, ([user_id, nickname]) => ({ user_id, nickname }));
  }

  nickname(userId: string): string | undefined {
    return this.#state.contacts.get(userId);
  }

  get privacy(): Privacy {
    return this.#state.privacy;
  }

  /** The latest, ascending by seq, without a hole. */
  messages(chatId: string): MessageView[] {
    const held = this.#state.messages.get(chatId)?.values() ?? [];
    const nowMs = this.nowMs();
    return [...held].map((one) => asOf(one, nowMs)).sort((one, other) => one.seq - other.seq);
  }

  message(chatId: string, seq: number): MessageView | undefined {
    return this.#state.messages.get(chatId)?.get(seq);
  }

  seqOf(chatId: string, clientMsgId: string): number | undefined {
    const held = this.#state.messages.get(chatId)?.values() ?? [];
    return [...held].find(({ client_msg_id }) => client_msg_id === clientMsgId)?.seq;
  }

  /** The messages from `first` to `last` as far as they are on this device without a hole, counted from `last` down. */
  async stored(chatId: string, first: number, last: number): Promise<MessageView[]> {
    const mark = this.unseenChanges(chatId);
    const range = { from: messageKey(chatId, first), before: messageKey(chatId, last + 1) };
    const records = await this.localStore.load(range);
    // What was read may be older than what the log said meanwhile.
    if (mark !== this.unseenChanges(chatId)) return [];
    const messages: MessageView[] = [];
    for (let seq = last; seq >= first; seq--) {
      const key = messageKey(chatId, seq);
      const stored = this.#records.isStale(key) ? this.#pages.get(key) : (records.get(key) as MessageView);
      const message = this.message(chatId, seq) ?? stored;
      if (message === undefined) break;
      messages.unshift(asOf(message, this.nowMs()));
    }
    return messages;
  }

  /** Applies the next update of the log. One of a type that this version does not know only moves the position. */
  apply(update: Update, position: LogPosition): void {
    this.#position = position;
    this.#records.touch('sync');
    if (!isKnownUpdate(update)) return;
    if (update.type === 'chat.removed') this.#clear(update.chat_id);
    foldUpdate(this.#state, update, this.userId);
    if (update.type === 'contact.changed') this.#records.touch(contactKey(update.user_id));
    if (update.type === 'privacy.changed') this.#records.touch(privacy_key);
    if (!('chat_id' in update)) return;
    this.#records.touch(chatKey(update.chat_id));
    for (const seq of messagesIn(update)) this.#messageChanged(update.chat_id, seq);
  }

  /** The next update of a channel's own log: `chat_pts` of the chat is the place in it. */
  applyChannel(notification: ChannelNotification): void {
    const { chat_id, update } = notification;
    applyChannelUpdate(this.#state, notification, this.userId);
    this.#records.touch(chatKey(chat_id));
    for (const seq of messagesIn(update)) this.#messageChanged(chat_id, seq);
  }

  /** What the server shows of one chat takes the place of what is here. */
  replaceChat(
    { last_message, unread_count: _unread, ...chat }: ChatView,
    messages: readonly MessageView[],
  ): void {
    const { chat_id } = chat;
    this.#clear(chat_id);
    this.#state.messages.delete(chat_id);
    this.#state.chats.set(chat_id, chat);
    this.#records.touch(chatKey(chat_id));
    for (const message of last_message === undefined ? messages : [...messages, last_message]) {
      hold(this.#state, message);
      this.#touch(chat_id, message.seq);
    }
  }

  /** The place is the one already reached; its hash may have become known. */
  confirm(position: LogPosition): void {
    this.#position = position;
    this.#records.touch('sync');
  }

  /** The snapshot takes the place of everything. */
  replace(content: SnapshotContent, position: LogPosition): void {
    this.#state = fromSnapshot({ pts: position.pts, ...content });
    this.#position = position;
    this.#pages.clear();
    this.#records.clear(chat_prefix, contact_prefix, message_prefix, expiry_prefix);
    this.#records.touch('sync', privacy_key);
    for (const userId of this.#state.contacts.keys()) this.#records.touch(contactKey(userId));
    for (const chatId of this.#state.chats.keys()) this.#records.touch(chatKey(chatId));
    for (const [chatId, held] of this.#state.messages)
      for (const seq of held.keys()) this.#touch(chatId, seq);
  }

  /** Who fetches messages compares it before and after: when it differs, what was fetched may be older than the log. */
  unseenChanges(chatId: string): number {
    return this.#unseenChanges.get(chatId) ?? 0;
  }

  /** Keeps messages fetched from the server: in memory as far as they adjoin and there is room, else in the store. */
  keep(chatId: string, messages: readonly MessageView[]): void {
    const lastSeq = this.#state.chats.get(chatId)?.last_seq;
    if (lastSeq === undefined) return;
    for (const message of messages.toReversed()) {
      const { seq } = message;
      if (this.message(chatId, seq) || seq <= lastSeq - chat_messages_max || seq > lastSeq) continue;
      const key = messageKey(chatId, seq);
      const adjoins = seq === lastSeq || this.message(chatId, seq + 1) !== undefined;
      const count = this.#state.messages.get(chatId)?.size ?? 0;
      if (adjoins && count < memory_messages_max) hold(this.#state, message);
      else this.#pages.set(key, message);
      this.#touch(chatId, seq);
    }
  }

  /** When the next message here goes by itself; Infinity: none does. */
  get nextDueMs(): number {
    return this.#expiring.nextMs;
  }

  /** What is due goes from memory and, with what is stored next, from the store: its place stays. Answers the chats concerned. */
  async forgetDue(nowMs: number): Promise<ReadonlySet<string>> {
    const due = this.#expiring.takeDue(nowMs);
    for (const [expiry, { chat_id, seq }] of due) {
      const key = messageKey(chat_id, seq);
      const older = this.message(chat_id, seq) ? undefined : await this.#older(key);
      const held = this.message(chat_id, seq);
      if (held) this.#state.messages.get(chat_id)!.set(seq, asOf(held, nowMs));
      else if (older) this.#pages.set(key, asOf(older, nowMs));
      this.#records.touch(expiry, key);
    }
    return new Set([...due.values()].map(({ chat_id }) => chat_id));
  }

  /** One that is not in memory; undefined when it is not here, or what is stored of it does not hold any more. */
  async #older(key: string): Promise<MessageView | undefined> {
    const records = await this.localStore.load({ from: key, before: `${key}~` });
    return this.#records.isStale(key) ? this.#pages.get(key) : (records.get(key) as MessageView | undefined);
  }

  /** Another record goes from the store in the commit that stores what has changed so far. */
  removeRecord(key: string): void {
    this.#records.touch(key);
  }

  get hasChanges(): boolean {
    return this.#records.hasChanges;
  }

  /** Resolves, once all changes up to this call are stored, to the pts that they lead to. */
  async store(): Promise<number> {
    const stored: string[] = [];
    const record = (key: string): StoredValue | null => (stored.push(key), this.#record(key));
    const pts = await this.#records.store(record, () => this.#position?.pts ?? 0);
    for (const key of stored) if (!this.#records.isStale(key)) this.#pages.delete(key);
    for (const [chatId, held] of this.#state.messages) this.#shrink(chatId, held);
    return pts;
  }

  #record(key: string): StoredValue | null {
    const [kind, id, seq] = key.split('/');
    if (kind === 'sync') return this.#position && { ...this.#position, user_id: this.userId };
    if (kind === privacy_key) return this.#state.privacy;
    if (kind === 'contact') return this.#contactRecord(id!);
    if (kind === 'chat') return this.#state.chats.get(id!) ?? null;
    if (kind === 'expiry') return this.#isExpiring(key) ? true : null;
    if (kind !== 'message') return null;
    return this.message(id!, Number(seq)) ?? this.#pages.get(key) ?? null;
  }

  #contactRecord(user_id: string): StoredValue | null {
    const nickname = this.#state.contacts.get(user_id);
    return nickname === undefined ? null : { user_id, nickname };
  }

  #isExpiring(key: string): boolean {
    const { chat_id, seq, at_ms } = parsed(key);
    const message = this.message(chat_id, seq) ?? this.#pages.get(messageKey(chat_id, seq));
    return message?.content !== undefined && message.expires_at_ms === at_ms;
  }

  /** To be stored as it is by then, with the time at which it goes. */
  #touch(chatId: string, seq: number): void {
    const key = messageKey(chatId, seq);
    this.#records.touch(key);
    const message = this.message(chatId, seq) ?? this.#pages.get(key);
    const expiry = message && this.#expiring.add(message);
    if (expiry !== undefined) this.#records.touch(expiry);
  }

  /** The latest that are there without a hole. */
  async #restoreMessages({ chat_id, last_seq }: FoldedChat): Promise<void> {
    for (const message of await this.stored(
      chat_id,
      Math.max(1, last_seq - memory_messages_max + 1),
      last_seq,
    ))
      hold(this.#state, message);
  }

  #messageChanged(chatId: string, seq: number): void {
    const held = this.#state.messages.get(chatId);
    if (!held?.has(seq)) this.#unseenChanges.set(chatId, this.unseenChanges(chatId) + 1);
    if (held && held.size > chat_messages_max) held.delete(Math.min(...held.keys()));
    for (const changed of [seq, seq - chat_messages_max].filter((one) => one > 0)) {
      this.#pages.delete(messageKey(chatId, changed));
      this.#touch(chatId, changed);
    }
  }

  #clear(chatId: string): void {
    const prefix = messagesPrefix(chatId);
    this.#records.clear(prefix);
    for (const key of this.#pages.keys()) if (key.startsWith(prefix)) this.#pages.delete(key);
  }

  /** Only what is stored may go from memory. */
  #shrink(chatId: string, held: Map<number, MessageView>): void {
    if (held.size <= memory_messages_max) return;
    const oldest = [...held.keys()].sort((one, other) => one - other).slice(0, -memory_messages_max);
    for (const seq of oldest) {
      if (this.#records.isStale(messageKey(chatId, seq))) return;
      held.delete(seq);
    }
  }
}

/** Those that an update is about. */
function messagesIn(update: ChannelUpdate): readonly number[] {
  if (update.type === 'messages.hidden') return update.seqs;
  return 'seq' in update && update.type.startsWith('message.') ? [update.seq] : [];
}

/** Takes out of a store, before anything uses it, what came from the log: the next session starts from nothing. */
export async function forgetLog(store: LocalStore): Promise<void> {
  const keys = [...(await store.load()).keys()].filter(isOfLog);
  await store.commit(new Map(keys.map((key) => [key, null])));
}
