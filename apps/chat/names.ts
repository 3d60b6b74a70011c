import type { OdnixClient } from '#client/client.js';
import type { ShownMessage } from '#client/shown-message.js';
import type { ChatView } from '#domain/user-log/update.js';
import type { SearchHit } from '#protocol/methods/messages.js';
import type { NamedHit } from './hit-rows.js';
import type { NamedAnswer, NamedMessage } from './message-rows.js';
import type { Peers } from './peers.js';
import { printable } from './printable.js';

/** What people and chats are called: as this user calls them, or as they do themselves. Without a network, what was not looked up has its id's end as a name. */
export class Names {
  /** What chats were called, also those that are gone. */
  readonly #chats = new Map<string, string>();

  constructor(
    private readonly client: OdnixClient,
    private readonly peers: Peers,
  ) {}

  async ofUser(userId: string): Promise<string> {
    if (userId === this.client.userId) return 'you';
    const nickname = printable(this.client.nickname(userId) ?? '').trim();
    if (nickname !== '') return nickname;
    const known = this.client.user(userId) ?? (await this.#fetched(userId));
    const name = printable(known?.display_name ?? '').trim();
    return name === '' ? `user ${userId.slice(-6)}` : name;
  }

  /** A group's title, or the other person of a direct chat. */
  async ofChat(chat: ChatView): Promise<string> {
    if (chat.kind !== 'direct') return printable(chat.title ?? '').trim() || 'a group without a title';
    const peer = await this.peerOf(chat);
    return peer === undefined ? `chat ${chat.chat_id.slice(-6)}` : this.ofUser(peer);
  }

  async ofHit(hit: SearchHit): Promise<NamedHit> {
    return { hit, chat: await this.ofChatId(hit.chat_id), sender: await this.ofUser(hit.sender_id) };
  }

  async ofChatId(chatId: string): Promise<string> {
    const chat = this.client.chat(chatId);
    if (chat) this.#chats.set(chatId, await this.ofChat(chat));
    return this.#chats.get(chatId) ?? `chat ${chatId.slice(-6)}`;
  }

  /** With everybody's name who has to do with it. */
  async named(message: ShownMessage): Promise<NamedMessage> {
    const { content, sender_id } = message;
    const ids = content?.type === 'service' ? (content.event.user_ids ?? []) : [];
    const people = await Promise.all(ids.map((userId) => this.ofUser(userId)));
    return { message, sender: await this.ofUser(sender_id), people };
  }

  /** With the message that it answers, too. */
  async answer(message: ShownMessage): Promise<NamedAnswer> {
    const named = await this.named(message);
    const { chat_id, reply_to_seq } = message;
    const answered = reply_to_seq === undefined ? undefined : this.#stored(chat_id, reply_to_seq);
    return answered === undefined ? named : { ...named, repliedTo: await this.named(answered) };
  }

  /** The other person of a direct chat; undefined as long as nothing here tells. */
  async peerOf(chat: ChatView): Promise<string | undefined> {
    const { chat_id } = chat;
    const peer =
      this.peers.get(chat_id) ?? this.#peerInMessages(chat_id) ?? (await this.#fetchedPeer(chat_id));
    if (peer !== undefined) await this.peers.learn(chat_id, peer);
    return peer;
  }

  #stored(chatId: string, seq: number): ShownMessage | undefined {
    return this.client.messages(chatId).find((message) => message.seq === seq);
  }

  #peerInMessages(chatId: string): string | undefined {
    const own = this.client.userId;
    const theirs = this.client.messages(chatId).find(({ sender_id, content }) => {
      return sender_id !== own && content?.type !== 'service';
    });
    return theirs?.sender_id;
  }

  async #fetchedPeer(chat_id: string): Promise<string | undefined> {
    if (this.client.connection.status !== 'open') return undefined;
    const answer = await this.client.call('chats.members', { chat_id }).catch(() => undefined);
    return answer?.members.find(({ user_id }) => user_id !== this.client.userId)?.user_id;
  }

  async #fetched(userId: string): Promise<{ display_name: string } | undefined> {
    if (this.client.connection.status !== 'open') return undefined;
    return this.client.fetchUser(userId).catch(() => undefined);
  }
}
