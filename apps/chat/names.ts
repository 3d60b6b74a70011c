import type { OdnixClient } from '#client/client.js';
import type { ChatView } from '#domain/user-log/update.js';
import { printable } from './printable.js';

/** What people and chats are called, looked up once. Without a network, what was not looked up has its id's end as a name. */
export class Names {
  readonly #peers = new Map<string, string>();

  constructor(private readonly client: OdnixClient) {}

  async ofUser(userId: string): Promise<string> {
    if (userId === this.client.userId) return 'you';
    const known = this.client.user(userId) ?? (await this.#fetched(userId));
    return known ? printable(known.display_name) : `user ${userId.slice(-6)}`;
  }

  /** A group's title, or the other person of a direct chat. */
  async ofChat(chat: ChatView): Promise<string> {
    if (chat.kind !== 'direct') return printable(chat.title ?? 'a group without a title');
    const peer =
      this.#peers.get(chat.chat_id) ?? this.#peerInMessages(chat) ?? (await this.#fetchedPeer(chat));
    if (peer === undefined) return `chat ${chat.chat_id.slice(-6)}`;
    this.#peers.set(chat.chat_id, peer);
    return this.ofUser(peer);
  }

  #peerInMessages({ chat_id }: ChatView): string | undefined {
    const own = this.client.userId;
    const theirs = this.client.messages(chat_id).find(({ sender_id, content }) => {
      return sender_id !== own && content?.type !== 'service';
    });
    return theirs?.sender_id;
  }

  async #fetchedPeer({ chat_id }: ChatView): Promise<string | undefined> {
    if (this.client.connection.status !== 'open') return undefined;
    const { members } = await this.client.call('chats.members', { chat_id });
    return members.find(({ user_id }) => user_id !== this.client.userId)?.user_id;
  }

  async #fetched(userId: string): Promise<{ display_name: string } | undefined> {
    if (this.client.connection.status !== 'open') return undefined;
    return this.client.fetchUser(userId).catch(() => undefined);
  }
}
