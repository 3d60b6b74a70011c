import type { EntryKind } from '#domain/user-log/entry.js';
import {
  emptyUserLog,
  foldUpdate,
  fromSnapshot,
  hold,
  toChatView,
  type FoldedChat,
  type UserLogState,
} from '#domain/user-log/fold.js';
import type { ChatView, MessageView, Update } from '#domain/user-log/update.js';
import type { LocalStore, StoredChanges, StoredValue } from './local-store.js';
import { chatKey, isOfLog, messageKey } from './stored-keys.js';
import type { LogPosition } from './update-manager.js';

/** Messages kept of a chat: the latest. Older ones are the server's to show. */
export const chat_messages_max = 500;

interface Sync extends LogPosition {
  readonly user_id: string;
}

export interface SnapshotContent {
  readonly chats: readonly ChatView[];
  readonly messages: readonly MessageView[];
}

const foldedKinds: Readonly<Record<EntryKind, true>> = {
  'message.new': true,
  'message.edited': true,
  'message.deleted': true,
  'message.reaction': true,
  'read.inbox': true,
  'read.outbox': true,
  'delivered.outbox': true,
  'chat.new': true,
  'chat.changed': true,
  'chat.members': true,
  'chat.removed': true,
  'device.added': true,
  'device.removed': true,
};

/**
 * One user's chats and messages as this device has them: the fold of the log, in memory and in the store. What changed
 * since the last `store` is stored together with the place in the log, in one commit: never one without the other.
 */
export class Replica {
  #state: UserLogState = emptyUserLog();
  #position: LogPosition | null = null;
  /** Keys to be stored again from the state; what is not there any more is removed. */
  #dirty = new Set<string>();

  constructor(
    private readonly userId: string,
    private readonly localStore: LocalStore,
  ) {}

  /** Takes over what an earlier run stored, unless it was another user's. */
  restore(records: ReadonlyMap<string, StoredValue>): void {
    const sync = records.get('sync') as Sync | undefined;
    if (sync?.user_id !== this.userId) {
      for (const key of records.keys()) if (isOfLog(key)) this.#dirty.add(key);
      return;
    }
    const { pts, sync_token, hash } = sync;
    this.#position = { pts, sync_token, hash };
    for (const [key, value] of records) this.#restoreRecord(key, value);
  }

  /** Where the log is continued from; null: there is nothing yet. */
  get position(): LogPosition | null {
    return this.#position;
  }

  chats(): ChatView[] {
    return [...this.#state.chats.keys()].map((chatId) => this.chat(chatId)!);
  }

  chat(chatId: string): ChatView | undefined {
    return toChatView(this.#state, chatId);
  }

  /** Ascending by seq. */
  messages(chatId: string): MessageView[] {
    const held = this.#state.messages.get(chatId)?.values() ?? [];
    return [...held].sort((one, other) => one.seq - other.seq);
  }

  message(chatId: string, seq: number): MessageView | undefined {
    return this.#state.messages.get(chatId)?.get(seq);
  }

  seqOf(chatId: string, clientMsgId: string): number | undefined {
    const held = this.#state.messages.get(chatId)?.values() ?? [];
    return [...held].find(({ client_msg_id }) => client_msg_id === clientMsgId)?.seq;
  }

  /** Another record goes from the store in the commit that stores what has changed so far. */
  removeRecord(key: string): void {
    this.#dirty.add(key);
  }

  /** Applies the next update of the log. One of a type that this version does not know only moves the position. */
  apply(update: Update, position: LogPosition): void {
    this.#position = position;
    this.#dirty.add('sync');
    if (!Object.hasOwn(foldedKinds, update.type)) return;
    if (update.type === 'chat.removed') this.#touchAll(update.chat_id);
    foldUpdate(this.#state, update, this.userId);
    if (!('chat_id' in update)) return;
    this.#dirty.add(chatKey(update.chat_id));
    if (!('seq' in update) || !update.type.startsWith('message.')) return;
    this.#dirty.add(messageKey(update.chat_id, update.seq));
    this.#prune(update.chat_id);
  }

  /** The place is the one already reached; its hash may have become known. */
  confirm(position: LogPosition): void {
    this.#position = position;
    this.#dirty.add('sync');
  }

  /** The snapshot takes the place of everything. */
  replace({ chats, messages }: SnapshotContent, position: LogPosition): void {
    for (const chatId of this.#state.chats.keys()) this.#touchAll(chatId);
    this.#state = fromSnapshot({ pts: position.pts, chats, messages });
    for (const chatId of this.#state.chats.keys()) this.#touchAll(chatId);
    this.#position = position;
    this.#dirty.add('sync');
  }

  /** Messages fetched from the server; kept when they adjoin those that are here, so that these have no holes. */
  hold(chatId: string, messages: readonly MessageView[]): void {
    const held = this.messages(chatId);
    const first = held[0]?.seq ?? Infinity;
    const last = messages.at(-1)?.seq ?? 0;
    if (last + 1 < first || held.length + messages.length > chat_messages_max) return;
    for (const message of messages) {
      hold(this.#state, message);
      this.#dirty.add(messageKey(chatId, message.seq));
    }
  }

  get hasChanges(): boolean {
    return this.#dirty.size > 0;
  }

  /** Resolves, once all changes up to this call are stored, to the pts that they lead to. */
  async store(): Promise<number> {
    const dirty = this.#dirty;
    const pts = this.#position?.pts ?? 0;
    this.#dirty = new Set();
    try {
      await this.localStore.commit(this.#changes(dirty));
    } catch (error) {
      for (const key of dirty) this.#dirty.add(key);
      throw error;
    }
    return pts;
  }

  #changes(keys: ReadonlySet<string>): StoredChanges {
    return new Map([...keys].map((key) => [key, this.#record(key)]));
  }

  #record(key: string): StoredValue | null {
    const [kind, id, seq] = key.split('/');
    if (kind === 'sync') return this.#position && { ...this.#position, user_id: this.userId };
    if (kind === 'chat') return this.#state.chats.get(id!) ?? null;
    if (kind !== 'message') return null;
    return this.#state.messages.get(id!)?.get(Number(seq)) ?? null;
  }

  #restoreRecord(key: string, value: StoredValue): void {
    if (key.startsWith('chat/')) this.#state.chats.set(key.slice('chat/'.length), value as FoldedChat);
    else if (key.startsWith('message/')) hold(this.#state, value as MessageView);
  }

  #touchAll(chatId: string): void {
    this.#dirty.add(chatKey(chatId));
    for (const seq of this.#state.messages.get(chatId)?.keys() ?? [])
      this.#dirty.add(messageKey(chatId, seq));
  }

  #prune(chatId: string): void {
    const held = this.#state.messages.get(chatId);
    if (held === undefined || held.size <= chat_messages_max) return;
    const oldest = Math.min(...held.keys());
    held.delete(oldest);
    this.#dirty.add(messageKey(chatId, oldest));
  }
}

/** Takes out of a store, before anything uses it, what came from the log: the next session starts from nothing. */
export async function forgetLog(store: LocalStore): Promise<void> {
  const keys = [...(await store.load()).keys()].filter(isOfLog);
  await store.commit(new Map(keys.map((key) => [key, null])));
}
