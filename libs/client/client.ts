import type { UserContent } from '#domain/chat/events.js';
import type { ChatView } from '#domain/user-log/update.js';
import type { MethodTypes } from '#protocol/method-results.js';
import type { MethodName } from '#protocol/methods.js';
import type { MessagesHistoryParams, MessagesHistoryResult } from '#protocol/methods/messages.js';
import type { ContactsSyncResult, UserView } from '#protocol/methods/users.js';
import type { ClientEvents } from './client-events.js';
import { createDevice, type ClientOptions, type Device } from './device.js';
import type { ConnectionState } from './connection.js';
import { OdnixError } from './odnix-error.js';
import type { QueuedMessage } from './outgoing-message.js';
import { shownPending, shownStored, type ShownMessage } from './shown-message.js';

type ChangeKey = 'client_request_id';
type Change<M extends MethodName> = Omit<MethodTypes[M]['params'], ChangeKey>;

/**
 * One device of one user. What was stored is there at once, also without a network; `connect` brings it up to date and
 * keeps it so. What `send` took is sent, once, whatever happens to this process or the connection.
 *
 * Methods that ask the server wait for a connection, try again what is retryable for 30 s, and reject with OdnixError.
 */
export class OdnixClient {
  readonly #device: Device;

  private constructor(device: Device) {
    this.#device = device;
  }

  /** Takes over what the store holds. The client owns the store from here on, and closes it. */
  static async start(options: ClientOptions): Promise<OdnixClient> {
    return new OdnixClient(await createDevice(options));
  }

  /** Returns what ends the listening. Listeners are called after the change that they are told of. */
  on<Name extends keyof ClientEvents>(
    name: Name,
    listener: (payload: ClientEvents[Name]) => void,
  ): () => void {
    return this.#device.events.on(name, listener);
  }

  /** Resolves when the local state has caught up for the first time; rejects when the server does not take this device. */
  connect(): Promise<void> {
    const caughtUp = new Promise<void>((resolve, reject) => {
      const ends = [
        this.on('caught_up', () => settle(resolve)),
        this.on('connection', (state) => {
          if (state.status === 'stopped') settle(() => reject(state.error ?? closed()));
        }),
      ];
      const settle = (how: () => void): void => {
        for (const end of ends) end();
        how();
      };
    });
    caughtUp.catch(() => undefined);
    this.#device.session.start();
    return caughtUp;
  }

  get connection(): ConnectionState {
    return this.#device.session.state;
  }

  get userId(): string {
    return this.#device.userId;
  }

  get deviceId(): string {
    return this.#device.deviceId;
  }

  /** The last applied pts of the user's log; 0 before anything is known. */
  get pts(): number {
    return this.#device.replica.position?.pts ?? 0;
  }

  /** The user's chats, the one with the latest message first. */
  chats(): ChatView[] {
    const dateOf = (chat: ChatView): number => chat.last_message?.date_ms ?? chat.created_at_ms;
    const chats = this.#device.replica.chats().map((chat) => this.#withPendingRead(chat));
    return chats.sort((one, other) => dateOf(other) - dateOf(one));
  }

  chat(chatId: string): ChatView | undefined {
    const chat = this.#device.replica.chat(chatId);
    return chat && this.#withPendingRead(chat);
  }

  /** What this device has of a chat, ascending; what waits to be sent stands last. */
  messages(chatId: string): ShownMessage[] {
    const { replica, outbox, userId } = this.#device;
    const chat = replica.chat(chatId);
    const stored = replica.messages(chatId).map((message) => shownStored(message, chat, userId));
    const ids = new Set(stored.map(({ client_msg_id }) => client_msg_id));
    const pending = outbox.pending(chatId).filter(({ client_msg_id }) => !ids.has(client_msg_id));
    return [...stored, ...pending.map((message) => shownPending(message, userId))];
  }

  /** How many messages of all chats wait to be sent. */
  get outboxSize(): number {
    return this.#device.outbox.size;
  }

  /** Resolves once the message is stored on this device; its `sent` settles when the server has answered. */
  send(chatId: string, content: UserContent | string, replyToSeq?: number): Promise<QueuedMessage> {
    const full: UserContent = typeof content === 'string' ? { type: 'text', text: content } : content;
    return this.#device.outbox.add(chatId, full, replyToSeq);
  }

  async edit(chatId: string, seq: number, text: string): Promise<void> {
    await this.#change('messages.edit', { chat_id: chatId, seq, content: { type: 'text', text } });
  }

  /** For everyone. */
  async delete(chatId: string, seqs: readonly number[]): Promise<void> {
    await this.#change('messages.delete', { chat_id: chatId, seqs: [...seqs], for: 'everyone' });
  }

  /** Null takes the reaction back. */
  async react(chatId: string, seq: number, emoji: string | null): Promise<void> {
    await this.#change('messages.react', { chat_id: chatId, seq, emoji });
  }

  /** Up to this message, by default the last; a mark that only moves forward. Told to the server in time. */
  async markRead(chatId: string, seq?: number): Promise<void> {
    const chat = this.chat(chatId);
    const upTo = Math.min(seq ?? Infinity, chat?.last_seq ?? 0);
    if (chat && upTo > chat.read_seq) await this.#device.receipts.markRead(chatId, upTo);
    if (chat) this.#device.events.emit('chat', { chat_id: chatId });
  }

  /** The one direct chat with this person. */
  async createDirect(userId: string): Promise<ChatView> {
    return (await this.#change('chats.create', { kind: 'direct', member_ids: [userId] })).chat;
  }

  async createGroup(title: string, memberIds: readonly string[]): Promise<ChatView> {
    return (await this.#change('chats.create', { kind: 'group', title, member_ids: [...memberIds] })).chat;
  }

  async leave(chatId: string): Promise<void> {
    await this.#change('chats.leave', { chat_id: chatId });
  }

  /** Ascending by seq. Pages that adjoin what this device has are kept with it. */
  async history(chatId: string, page: Omit<MessagesHistoryParams, 'chat_id'> = {}): Promise<History> {
    const { messages, more } = await this.call('messages.history', { chat_id: chatId, ...page });
    this.#device.synchronizer.hold(chatId, messages);
    const chat = this.#device.replica.chat(chatId);
    return { messages: messages.map((message) => shownStored(message, chat, this.userId)), more };
  }

  async findByPhone(phones: readonly string[]): Promise<ContactsSyncResult['contacts']> {
    const { contacts } = await this.call('contacts.sync', { phones: [...phones] });
    await this.#device.people.learn(contacts);
    return contacts;
  }

  /** A person's profile as this device knows it. */
  user(userId: string): UserView | undefined {
    return this.#device.people.get(userId);
  }

  fetchUser(userId: string): Promise<UserView> {
    return this.#device.people.find(userId);
  }

  /** Any method of the protocol. */
  call<M extends MethodName>(method: M, params: MethodTypes[M]['params']): Promise<MethodTypes[M]['result']> {
    return this.#device.session.call(method, params);
  }

  /** Stores what is to be stored and ends. What waits to be sent is sent by the next start. */
  async close(): Promise<void> {
    this.#device.session.stop();
    await this.#device.synchronizer.flush();
    await this.#device.store.close();
  }

  /** With a key of its own, so that trying again never does it twice. */
  #change<M extends MethodName>(method: M, params: Change<M>): Promise<MethodTypes[M]['result']> {
    return this.call(method, { ...params, client_request_id: this.#device.clock.newId() });
  }

  #withPendingRead(chat: ChatView): ChatView {
    const read_seq = Math.max(chat.read_seq, this.#device.receipts.pendingRead(chat.chat_id));
    return { ...chat, read_seq, unread_count: chat.last_seq - read_seq };
  }
}

export interface History extends Omit<MessagesHistoryResult, 'messages'> {
  readonly messages: readonly ShownMessage[];
}

function closed(): OdnixError {
  return new OdnixError('CLOSED', 'This client was closed.', { retryable: false });
}
