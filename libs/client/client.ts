import type { Privacy } from '#domain/account/events.js';
import type { Contact } from '#domain/account/state.js';
import type { CallKind, CallView } from '#domain/chat/call.js';
import type { Role, UserContent } from '#domain/chat/events.js';
import type { ChatView } from '#domain/user-log/update.js';
import type { MethodTypes } from '#protocol/method-results.js';
import type { MethodName } from '#protocol/methods.js';
import type { CallsIceServersResult } from '#protocol/methods/calls.js';
import type { DevicesListResult } from '#protocol/methods/devices.js';
import type { ContactsSyncResult } from '#protocol/methods/contacts.js';
import type { UserView } from '#protocol/methods/users.js';
import type {
  MessagesHistoryResult,
  MessagesSearchParams,
  MessagesSearchResult,
} from '#protocol/methods/messages.js';
import type {
  MessagesEditsParams,
  MessagesEditsResult,
  MessagesReactionsParams,
  MessagesReactionsResult,
  MessagesReceiptsResult,
} from '#protocol/methods/one-message.js';
import type { NewDevice } from './auth.js';
import type { CallRef, HangUpReason } from './calls.js';
import type { ClientEvents } from './client-events.js';
import { createDevice, type ClientOptions, type Device } from './device.js';
import { readHistory, type HistoryPage } from './history.js';
import type { ConnectionState } from './connection.js';
import { OdnixError } from './odnix-error.js';
import type { SendOptions, Target } from './outbox-item.js';
import type { QueuedChange, QueuedMessage } from './outbox-waiters.js';
import type { PresenceStatus, PresenceView } from '#protocol/methods/presence.js';
import type { TypingAction } from '#protocol/methods/typing.js';
import { shownMessages, type ShownMessage } from './shown-message.js';

type ReactionsPage = Omit<MessagesReactionsParams, 'chat_id' | 'seq'>;
type EditsPage = Omit<MessagesEditsParams, 'chat_id' | 'seq'>;

type ChangeKey = 'client_request_id';
type Change<M extends MethodName> = Omit<MethodTypes[M]['params'], ChangeKey>;

type ChatBegun = Pick<Change<'chats.create'>, 'description' | 'history'>;
type ChatChange = Omit<Change<'chats.update'>, 'chat_id'>;

/** A message by its seq, or as it was shown or sent: one that waits to be sent has no seq yet. */
export type MessageRef = number | { readonly client_msg_id: string; readonly seq?: number | null };

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
    const { replica, outbox } = this.#device;
    const dateOf = (chat: ChatView): number =>
      Math.max(
        chat.last_message?.date_ms ?? chat.created_at_ms,
        ...outbox.items(chat.chat_id).map((item) => (item.kind === 'send' ? item.queued_at_ms : 0)),
      );
    const chats = replica.chats().filter(({ chat_id }) => !this.#isLeaving(chat_id));
    return chats.map((chat) => this.#withPendingRead(chat)).sort((one, other) => dateOf(other) - dateOf(one));
  }

  chat(chatId: string): ChatView | undefined {
    const chat = this.#isLeaving(chatId) ? undefined : this.#device.replica.chat(chatId);
    return chat && this.#withPendingRead(chat);
  }

  /** What this device has of a chat, ascending, with what the user did to it; what waits to be sent stands last. */
  messages(chatId: string): ShownMessage[] {
    const { replica, outbox, userId } = this.#device;
    return shownMessages(replica.messages(chatId), outbox.items(chatId), replica.chat(chatId), userId);
  }

  /** How many changes of all chats are still to be carried out by the server. */
  get outboxSize(): number {
    return this.#device.outbox.size;
  }

  /** Resolves once the message is stored on this device; its `sent` settles when the server has answered. */
  send(chatId: string, content: UserContent | string, options: SendOptions = {}): Promise<QueuedMessage> {
    return this.#device.outbox.add(chatId, asContent(content), options);
  }

  /** Sends a failed message again, as a new one. */
  resend(chatId: string, message: Pick<ShownMessage, 'client_msg_id'>): Promise<QueuedMessage> {
    return this.#device.outbox.resend(chatId, message.client_msg_id);
  }

  /** Shown at once, kept over restarts, carried out in order with everything else in the chat. */
  edit(chatId: string, message: MessageRef, content: UserContent | string): Promise<QueuedChange> {
    const change = { kind: 'edit', target: targetOf(message), content: asContent(content) } as const;
    return this.#device.outbox.change(chatId, change);
  }

  /** For everyone. A message that waits to be sent, or failed, is given up. */
  delete(chatId: string, messages: MessageRef | readonly MessageRef[]): Promise<QueuedChange> {
    const targets = [messages].flat().map(targetOf);
    return this.#device.outbox.change(chatId, { kind: 'delete', targets });
  }

  /** For this user alone, on all their devices, for ever, whosever they are. At most 100 at once. */
  async hide(chatId: string, seqs: readonly number[]): Promise<void> {
    await this.#change('messages.delete', { chat_id: chatId, seqs: [...seqs], for: 'me' });
  }

  /** Null takes the reaction back. */
  react(chatId: string, message: MessageRef, emoji: string | null): Promise<QueuedChange> {
    return this.#device.outbox.change(chatId, { kind: 'react', target: targetOf(message), emoji });
  }

  /** After what waits to be sent to it. The chat is not shown from now on. */
  leave(chatId: string): Promise<QueuedChange> {
    return this.#device.outbox.change(chatId, { kind: 'leave' });
  }

  /** Up to this message, by default the last; a mark that only moves forward. Told to the server in time. */
  async markRead(chatId: string, seq?: number): Promise<void> {
    const chat = this.chat(chatId);
    const upTo = Math.min(seq ?? Infinity, chat?.last_seq ?? 0);
    if (chat && upTo > chat.read_seq) await this.#device.receipts.markRead(chatId, upTo);
    if (chat) this.#device.events.emit('chat', { chat_id: chatId });
  }

  /** What the user is doing in this chat, to be told again while it goes on: it is told seldom, and never rejects. */
  setTyping(chatId: string, action: TypingAction = 'typing'): Promise<void> {
    return this.#device.typing.set(chatId, action);
  }

  /** Calls of this user that go on now, on whichever device: with `call` events they are all that is to be shown. */
  calls(): CallView[] {
    return this.#device.calls.all();
  }

  /** Rings on all devices of that person. Where they are calling just now, it answers them: look at `state`. */
  startCall(userId: string, kind: CallKind, payload?: string): Promise<CallView> {
    return this.#device.calls.request(userId, kind, payload);
  }

  /** For this device; `CALL_TAKEN` when another one was faster. */
  acceptCall(call: CallRef, payload?: string): Promise<CallView> {
    return this.#device.calls.accept(call, payload);
  }

  /** By default declined where it rings for this user. With `hangup` or `failed` also what another device of theirs is in. */
  hangUp(call: CallRef, reason?: HangUpReason): Promise<CallView> {
    return this.#device.calls.hangUp(call, reason);
  }

  /** To the device at the other end, in this order; told there by `call_signal`, if it is there. */
  signal(call: CallRef, payload: string): Promise<void> {
    return this.#device.calls.signal(call, payload);
  }

  /** As `RTCPeerConnection` takes them; to be asked for before each call. */
  iceServers(): Promise<CallsIceServersResult> {
    return this.#device.calls.iceServers();
  }

  /**
   * Whose presence this device is told of, by `presence` events, in place of those before; kept over lost connections. A server takes
   * at most 200 of them, the first.
   */
  watchPresence(userIds: readonly string[]): void {
    this.#device.presence.watch(userIds);
  }

  /** Of somebody who is watched; undefined as long as nothing is known, as without a connection. */
  presence(userId: string): PresenceView | undefined {
    return this.#device.presence.get(userId);
  }

  /** `offline` while nobody looks, as in the background: others see the user by their other devices then. */
  setPresence(status: PresenceStatus): void {
    this.#device.presence.set(status);
  }

  /** The one direct chat with this person. */
  async createDirect(userId: string): Promise<ChatView> {
    return (await this.#change('chats.create', { kind: 'direct', member_ids: [userId] })).chat;
  }

  async createGroup(title: string, memberIds: readonly string[], more: ChatBegun = {}): Promise<ChatView> {
    const named = { kind: 'group' as const, title, member_ids: [...memberIds] };
    return (await this.#change('chats.create', { ...named, ...more })).chat;
  }

  /** A chat that is not copied into its members' logs, for many of them. A large group becomes one by itself. */
  async createChannel(title: string, memberIds: readonly string[], more: ChatBegun = {}): Promise<ChatView> {
    const named = { kind: 'channel' as const, title, member_ids: [...memberIds] };
    return (await this.#change('chats.create', { ...named, ...more })).chat;
  }

  /** What is absent stays as it is; of groups and channels, for who may. */
  async updateChat(chatId: string, change: ChatChange): Promise<ChatView> {
    return (await this.#change('chats.update', { chat_id: chatId, ...change })).chat;
  }

  /** As the owner who makes somebody else the owner, this user is an admin from there on. */
  async setRole(chatId: string, userId: string, role: Role): Promise<ChatView> {
    return (await this.#change('chats.setRole', { chat_id: chatId, user_id: userId, role })).chat;
  }

  /** Removes them, if they are in the chat, and keeps them out until `unban`. */
  async ban(chatId: string, userId: string): Promise<ChatView> {
    return (await this.#change('chats.ban', { chat_id: chatId, user_id: userId })).chat;
  }

  async unban(chatId: string, userId: string): Promise<ChatView> {
    return (await this.#change('chats.unban', { chat_id: chatId, user_id: userId })).chat;
  }

  /** Until that time; null ends it. A matter of this user alone, on all their devices; so are the next two. */
  async setMuted(chatId: string, untilMs: number | null): Promise<void> {
    await this.#change('chats.setMuted', { chat_id: chatId, until_ms: untilMs });
  }

  async setArchived(chatId: string, archived: boolean): Promise<void> {
    await this.#change('chats.setArchived', { chat_id: chatId, archived });
  }

  async setPinned(chatId: string, pinned: boolean): Promise<void> {
    await this.#change('chats.setPinned', { chat_id: chatId, pinned });
  }

  /** They can write nothing to the direct chat any more, until `unblock`. */
  async block(userId: string): Promise<void> {
    await this.#change('users.block', { user_id: userId });
  }

  async unblock(userId: string): Promise<void> {
    await this.#change('users.unblock', { user_id: userId });
  }

  /** Whom this user calls what; an empty nickname is somebody's own name. What `update` tells of is in it already. */
  contacts(): Contact[] {
    return this.#device.replica.contacts();
  }

  /** Undefined: no contact. */
  nickname(userId: string): string | undefined {
    return this.#device.replica.nickname(userId);
  }

  /** Null: no contact any more. Only this user's devices are told. */
  async setContact(userId: string, nickname: string | null): Promise<void> {
    await this.#change('contacts.set', { user_id: userId, nickname });
  }

  /** What is not named stays. Answers the whole profile. */
  async updateProfile(changes: Change<'users.update'>): Promise<UserView> {
    return (await this.#change('users.update', changes)).user;
  }

  /** Who may see what of this user. */
  get privacy(): Privacy {
    return this.#device.replica.privacy;
  }

  /** Who is not shown this user's last seen does not show theirs either. */
  async setPrivacy(privacy: Privacy): Promise<void> {
    await this.#change('users.setPrivacy', { ...privacy });
  }

  /** Ascending by seq: from this device as far as it has them all, else from the server. */
  async history(chatId: string, page: HistoryPage = {}): Promise<History> {
    const { replica, outbox } = this.#device;
    const { messages, ...more } = await readHistory(this.#device, chatId, page);
    const changes = outbox.items(chatId).filter(({ kind }) => kind !== 'send');
    const shown = shownMessages(messages, changes, replica.chat(chatId), this.userId);
    // Of a page that is hidden altogether nobody could tell where the next begins.
    if (shown.length === 0 && more.more && messages.length > 0)
      return this.history(chatId, pageAfter(page, messages));
    return { messages: shown, ...more };
  }

  /** Asks the server: in all chats of the user or in one, best first. Encrypted messages are not found. */
  search(query: string, more: Omit<MessagesSearchParams, 'query'> = {}): Promise<MessagesSearchResult> {
    return this.call('messages.search', { query, ...more });
  }

  /** Who has this message of the user's own, and who has read it, since when; not of channels. */
  receipts(chatId: string, seq: number): Promise<MessagesReceiptsResult> {
    return this.call('messages.receipts', { chat_id: chatId, seq });
  }

  /** Who reacted, the latest first. */
  reactions(chatId: string, seq: number, page: ReactionsPage = {}): Promise<MessagesReactionsResult> {
    return this.call('messages.reactions', { chat_id: chatId, seq, ...page });
  }

  /** What a message said when it was sent, and after each edit. */
  edits(chatId: string, seq: number, page: EditsPage = {}): Promise<MessagesEditsResult> {
    return this.call('messages.edits', { chat_id: chatId, seq, ...page });
  }

  /** Where this user is signed in; `current` is this device. */
  async devices(): Promise<DevicesListResult['devices']> {
    return (await this.call('devices.list', {})).devices;
  }

  /** Signs a device out, this one too; again it changes nothing. A device of less than a day may not sign out older ones. */
  async revokeDevice(deviceId: string): Promise<void> {
    await this.call('devices.revoke', { device_id: deviceId });
  }

  async revokeOtherDevices(): Promise<void> {
    await this.call('devices.revoke', { others: true });
  }

  async findByPhone(phones: readonly string[]): Promise<ContactsSyncResult['contacts']> {
    const { contacts } = await this.call('contacts.sync', { phones: [...phones] });
    await this.#device.people.learn(contacts);
    return contacts;
  }

  /** A person's profile as this device knows it; when it is old it is asked for again, and `user` tells what has changed. */
  user(userId: string): UserView | undefined {
    return this.#device.people.get(userId);
  }

  fetchUser(userId: string): Promise<UserView> {
    return this.#device.people.find(userId);
  }

  /** Lets in the device that shows this QR token, and answers what it says of itself. Ask the user before. */
  async acceptQr(qrToken: string): Promise<NewDevice> {
    return (await this.call('devices.acceptQr', { qr_token: qrToken })).device;
  }

  /** Any method of the protocol. */
  call<M extends MethodName>(method: M, params: MethodTypes[M]['params']): Promise<MethodTypes[M]['result']> {
    return this.#device.session.call(method, params);
  }

  /** Stores what is to be stored and ends. What waits to be sent is sent by the next start. */
  async close(): Promise<void> {
    this.#device.session.stop();
    this.#device.expiry.stop();
    await this.#device.synchronizer.flush();
    await this.#device.forgotten;
    await this.#device.store.close();
  }

  /** With a key of its own, so that trying again never does it twice. */
  #change<M extends MethodName>(method: M, params: Change<M>): Promise<MethodTypes[M]['result']> {
    return this.call(method, { ...params, client_request_id: this.#device.clock.newId() });
  }

  #isLeaving(chatId: string): boolean {
    return this.#device.outbox.items(chatId).some(({ kind }) => kind === 'leave');
  }

  #withPendingRead(chat: ChatView): ChatView {
    const read_seq = Math.max(chat.read_seq, this.#device.receipts.pendingRead(chat.chat_id));
    return { ...chat, read_seq, unread_count: chat.last_seq - read_seq };
  }
}

function pageAfter(page: HistoryPage, messages: readonly { readonly seq: number }[]): HistoryPage {
  const { before_seq: _before, around_seq: _around, ...rest } = page;
  if (page.after_seq !== undefined) return { ...page, after_seq: messages.at(-1)!.seq };
  return { ...rest, before_seq: messages[0]!.seq };
}

export interface History extends Omit<MessagesHistoryResult, 'messages'> {
  readonly messages: readonly ShownMessage[];
}

const asContent = (content: UserContent | string): UserContent =>
  typeof content === 'string' ? { type: 'text', text: content } : content;

function targetOf(message: MessageRef): Target {
  if (typeof message === 'number') return { seq: message };
  const { seq, client_msg_id } = message;
  return seq === null || seq === undefined ? { client_msg_id } : { seq, client_msg_id };
}

function closed(): OdnixError {
  return new OdnixError('CLOSED', 'This client was closed.', { retryable: false });
}
