import type { OdnixClient } from '#client/client.js';
import type { ConnectionState } from '#client/connection.js';
import type { ShownMessage } from '#client/shown-message.js';
import type { ChatView, Update } from '#domain/user-log/update.js';
import { messageLine, words } from './lines.js';
import { Names } from './names.js';
import { printable } from './printable.js';
import type { Screen } from './screen.js';

const shown_messages = 10;

/** What the user sees: the open chat as it goes on, and notes of everything else. Lines appear in the order of events. */
export class Terminal {
  readonly names: Names;
  #openChatId: string | null = null;
  #printing: Promise<void> = Promise.resolve();
  #lastConnection = '';

  constructor(
    readonly client: OdnixClient,
    private readonly screen: Screen,
    private readonly url: string,
  ) {
    this.names = new Names(client);
  }

  /** Until then, what comes is catching up, and told in sum. */
  follow(): void {
    const { client } = this;
    client.on('update', ({ update }) => this.#enqueue(() => this.#showUpdate(update)));
    client.on('refused', ({ item, error }) => {
      const what = 'content' in item ? `: ${printable(textOf(item))}` : '';
      this.say(`! Refused for good (${item.kind}): ${error.message} (${error.code})${what}`);
    });
    client.on('diverged', () => this.say('! This device and the server disagreed; taking everything anew.'));
    client.on('replaced', () => this.say('· Everything was taken anew from the server.'));
    client.on('problem', ({ error }) => this.say(`! ${printable(String(error))}`));
  }

  followConnection(): void {
    this.client.on('connection', (state) => this.#showConnection(state));
  }

  get openChat(): ChatView | undefined {
    return this.#openChatId === null ? undefined : this.client.chat(this.#openChatId);
  }

  get openChatId(): string | null {
    return this.#openChatId;
  }

  say(line: string): void {
    this.#enqueue(() => Promise.resolve(this.screen.print(line)));
  }

  /** Resolves when everything said so far is on the screen. */
  settled(): Promise<void> {
    return this.#printing;
  }

  async listChats(): Promise<void> {
    const chats = this.client.chats();
    if (chats.length === 0) this.say('No chats yet. /with +15550101 begins one; /help tells more.');
    for (const [index, chat] of chats.entries()) this.say(await this.#chatLine(chat, index + 1));
  }

  async open(chatId: string): Promise<void> {
    this.#openChatId = chatId;
    const chat = this.client.chat(chatId);
    const name = chat ? await this.names.ofChat(chat) : 'a new chat';
    this.screen.setPrompt(`${name}> `);
    this.say(`— ${name} —`);
    for (const message of this.client.messages(chatId).slice(-shown_messages))
      await this.#showMessage(message);
    await this.client.markRead(chatId);
  }

  async showMessages(messages: readonly ShownMessage[]): Promise<void> {
    for (const message of messages) await this.#showMessage(message);
  }

  async #showMessage(message: ShownMessage): Promise<void> {
    this.say(messageLine(message, await this.names.ofUser(message.sender_id)));
  }

  async #chatLine(chat: ChatView, number: number): Promise<string> {
    const name = await this.names.ofChat(chat);
    const last = this.client.messages(chat.chat_id).at(-1);
    const unread = chat.unread_count > 0 ? ` (${chat.unread_count} unread)` : '';
    return `${number}. ${name}${unread}${last ? `: ${words(last).slice(0, 60)}` : ''}`;
  }

  async #showUpdate(update: Update): Promise<void> {
    const line = await this.#updateLine(update);
    if (line !== null) this.screen.print(line);
  }

  async #updateLine(update: Update): Promise<string | null> {
    switch (update.type) {
      case 'message.new':
        return this.#newMessageLine(update.chat_id, update.seq);
      case 'message.edited':
      case 'message.deleted':
      case 'message.reaction':
        return update.chat_id === this.#openChatId ? this.#storedLine(update.chat_id, update.seq) : null;
      case 'delivered.outbox':
        return update.chat_id === this.#openChatId ? `· ✓✓ delivered up to #${update.seq}` : null;
      case 'read.outbox':
        return update.chat_id === this.#openChatId ? `· ✓✓ read up to #${update.seq}` : null;
      case 'chat.new':
        return `· New chat: ${await this.#chatName(update.chat_id)} (/chats, /open)`;
      case 'chat.removed':
        return this.#chatRemoved(update.chat_id);
      case 'device.added':
        return `· A device of yours signed in: ${printable(update.device.name)}`;
      case 'device.removed':
        return '· A device of yours was signed out.';
      default:
        return null;
    }
  }

  async #newMessageLine(chatId: string, seq: number): Promise<string | null> {
    if (chatId !== this.#openChatId) return this.#noteOfOtherChat(chatId, seq);
    await this.client.markRead(chatId, seq);
    return this.#storedLine(chatId, seq);
  }

  async #noteOfOtherChat(chatId: string, seq: number): Promise<string | null> {
    const message = this.#stored(chatId, seq);
    if (!message || message.sender_id === this.client.userId) return null;
    const from = await this.names.ofUser(message.sender_id);
    return `· In ${await this.#chatName(chatId)}: ${from}: ${words(message)}`;
  }

  async #storedLine(chatId: string, seq: number): Promise<string | null> {
    const message = this.#stored(chatId, seq);
    return message ? messageLine(message, await this.names.ofUser(message.sender_id)) : null;
  }

  #stored(chatId: string, seq: number): ShownMessage | undefined {
    return this.client.messages(chatId).find((message) => message.seq === seq);
  }

  async #chatName(chatId: string): Promise<string> {
    const chat = this.client.chat(chatId);
    return chat ? this.names.ofChat(chat) : `chat ${chatId.slice(-6)}`;
  }

  #chatRemoved(chatId: string): string {
    if (chatId === this.#openChatId) this.#openChatId = null;
    return '· You are no longer in one of your chats.';
  }

  #showConnection(state: ConnectionState): void {
    const line = connectionLine(state, this.url);
    if (line === null || line === this.#lastConnection) return;
    this.#lastConnection = line;
    this.say(line);
  }

  /** One after the other: names may have to be fetched first, and lines must not overtake each other. */
  #enqueue(print: () => Promise<void>): void {
    this.#printing = this.#printing.then(print).catch((error: unknown) => {
      this.screen.print(`! ${printable(String(error))}`);
    });
  }
}

function textOf({
  content,
}: {
  readonly content: { readonly type: string; readonly text?: string };
}): string {
  return content.text ?? `(${content.type})`;
}

/** Said once for each change, not for every attempt. */
function connectionLine(state: ConnectionState, url: string): string | null {
  if (state.status === 'open') return '· Connected.';
  if (state.status === 'waiting') {
    return `· Not connected to ${url}; trying again. What you write is kept and sent then. (Server not running? npm start)`;
  }
  return null;
}
