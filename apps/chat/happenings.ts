import type { ConnectionState } from '#client/connection.js';
import type { ShownMessage } from '#client/shown-message.js';
import type { CursorUpdate, MessageUpdate, Update } from '#domain/user-log/update.js';
import { actorOf, changeLine, type Change } from './change-line.js';
import { isMuted } from './chat-rows.js';
import { connectedLine, newsLine, notConnectedLine } from './connection-lines.js';
import { refusedLine } from './refused-line.js';
import { shortName, summary, tickMark, words } from './message-rows.js';
import { printable } from './printable.js';
import type { Terminal } from './terminal.js';
import { truncated } from './text-width.js';

/** Of what came into the open chat while the device was away, so many messages are shown. */
const news_messages_max = 20;
const note_columns_max = 100;
/** A message that waits this long to be sent is shown waiting. */
const patience_ms = 500;
/** A connection that is back before this was never gone, as far as the user is concerned. */
const unnoticed_ms = 1_000;

/** What came in one chat while the device caught up. */
interface News {
  /** Messages of others. */
  readonly count: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
}

/** What happens by itself: messages, changes, ticks, connections. Shown as it happens; after an absence, in sum. */
export class Happenings {
  /** By chat, while the device catches up; null when it is up to date. */
  #news: Map<string, News> | null = null;
  /** Whether the user was told that there is no connection. */
  #isToldOffline = false;
  #wasOpen = false;

  constructor(private readonly terminal: Terminal) {}

  followConnection(): void {
    this.terminal.client.on('connection', (state) => this.#connection(state));
  }

  /** From now on; what came before was told otherwise. */
  follow(): void {
    const { client } = this.terminal;
    this.#news = client.connection.status === 'open' ? null : new Map();
    client.on('update', ({ update }) => this.terminal.enqueue(() => this.#update(update)));
    client.on('caught_up', () => this.terminal.enqueue(() => this.#caughtUp()));
    client.on('refused', ({ item, error }) => this.terminal.say(refusedLine(item, error)));
    client.on('diverged', () =>
      this.terminal.say('· This device and the server disagreed; taking everything anew.'),
    );
    client.on('replaced', () => this.terminal.say('· Everything was taken anew from the server.'));
    client.on('problem', ({ error }) =>
      this.terminal.say(`· A problem, going on: ${printable(String(error))}`),
    );
  }

  /** Shows what was just written and waits to be sent: at once without a connection, else when it waits for long. */
  written(clientMsgId: string): void {
    const show = (): void => this.terminal.enqueue(() => this.#showEarly(clientMsgId));
    if (this.#isOpen) setTimeout(show, patience_ms).unref();
    else show();
  }

  /** Shows what the user just did to messages, which the log has not brought yet. `words`: as `edited #3: hello`. */
  changed(messages: readonly ShownMessage[], words: string): void {
    this.terminal.enqueue(async () => {
      const { openChat, client, screen } = this.terminal;
      if (!openChat) return;
      let isInSight = true;
      for (const message of messages) {
        const { client_msg_id } = message;
        const now = client.messages(openChat.chatId).find((one) => one.client_msg_id === client_msg_id);
        if (!(await openChat.repaint(now ?? givenUp(message)))) isInSight = false;
      }
      if (!isInSight && !this.#isOpen) screen.print([`· you ${words}  ${tickMark('pending', screen.look)}`]);
    });
  }

  get #isOpen(): boolean {
    return this.terminal.client.connection.status === 'open';
  }

  #connection(state: ConnectionState): void {
    if (state.status === 'open') this.#wasOpen = true;
    else this.#news ??= new Map();
    if (state.status !== 'waiting') return;
    if (state.isOffline || !this.#wasOpen) this.#tellOffline();
    else setTimeout(() => this.#tellOffline(), unnoticed_ms).unref();
  }

  /** Once, not for every attempt. */
  #tellOffline(): void {
    const { client, url } = this.terminal.device;
    if (this.#isToldOffline || !['waiting', 'connecting'].includes(client.connection.status)) return;
    this.#isToldOffline = true;
    this.terminal.say(notConnectedLine(url, isOffline(client.connection)));
    this.terminal.enqueue(() => this.#showEarly());
  }

  async #caughtUp(): Promise<void> {
    const { names, screen, openChat } = this.terminal;
    const news = [...(this.#news ?? [])];
    this.#news = null;
    const named = await Promise.all(
      news
        .filter(([, { count }]) => count > 0)
        .map(async ([chatId, { count }]) => ({ name: shortName(await names.ofChatId(chatId)), count })),
    );
    if (this.#isToldOffline) screen.print([connectedLine(named)]);
    else if (named.length > 0) screen.print([newsLine(named)]);
    this.#isToldOffline = false;
    const here = news.find(([chatId]) => chatId === openChat?.chatId);
    if (here) await this.#showNews(here[1]);
  }

  async #showNews({ firstSeq, lastSeq }: News): Promise<void> {
    const { client, openChat } = this.terminal;
    if (!openChat) return;
    const news = client.messages(openChat.chatId).filter((message) => {
      const isNew = message.seq !== null && message.seq >= firstSeq && message.seq <= lastSeq;
      return isNew && !openChat.isNumbered(message);
    });
    const shown: ShownMessage[] = [];
    for (const message of news.slice(-news_messages_max))
      if (!openChat.isPrinted(message) || !(await openChat.repaint(message))) shown.push(message);
    await openChat.print(shown, firstSeq - 1);
    await client.markRead(openChat.chatId);
  }

  async #update(update: Update): Promise<void> {
    const { screen, openChat } = this.terminal;
    switch (update.type) {
      case 'message.new':
        return this.#newMessage(update);
      case 'message.edited':
      case 'message.deleted':
      case 'message.reaction':
        return update.chat_id === openChat?.chatId ? this.#change(update) : undefined;
      case 'delivered.outbox':
      case 'read.outbox':
        return update.chat_id === openChat?.chatId ? this.#ticks(update) : undefined;
      default:
        return this.#elsewhere(update).then((line) => (line === null ? undefined : screen.print([line])));
    }
  }

  async #newMessage({ chat_id, seq, message }: MessageUpdate): Promise<void> {
    const { client, openChat } = this.terminal;
    const isOwn = message.sender_id === client.userId;
    const shown = this.#stored(chat_id, seq);
    if (!shown) return;
    if (this.#news) return this.#count(this.#news, shown, seq);
    if (chat_id !== openChat?.chatId) return isOwn ? undefined : this.#noteOfOtherChat(shown);
    await openChat.bring(shown);
    await client.markRead(chat_id, seq);
  }

  #count(news: Map<string, News>, { chat_id, sender_id }: ShownMessage, seq: number): void {
    const { count, firstSeq } = news.get(chat_id) ?? { count: 0, firstSeq: seq };
    const isOwn = sender_id === this.terminal.client.userId;
    news.set(chat_id, { count: count + (isOwn ? 0 : 1), firstSeq, lastSeq: seq });
  }

  async #noteOfOtherChat(message: ShownMessage): Promise<void> {
    const { client, names, screen } = this.terminal;
    const chat = client.chat(message.chat_id);
    if (!chat || isMuted(chat.muted_until_ms, Date.now())) return;
    const isPlain = chat.kind === 'direct' && message.content?.type !== 'service';
    const said = isPlain ? words(message) : summary(await names.named(message));
    const columns = Math.min(note_columns_max, screen.look.columns);
    screen.print([truncated(`· In ${shortName(await names.ofChat(chat))}: ${said}`, columns)]);
  }

  /** Changed in place where it is in sight; told as well, unless the user sees it happen. */
  async #change(change: Change): Promise<void> {
    const { client, names, screen, openChat } = this.terminal;
    const message = this.#stored(change.chat_id, change.seq);
    const isInSight = message !== undefined && (await openChat?.repaint(message)) === true;
    const actor = actorOf(change);
    if (isInSight && actor === client.userId) return;
    screen.print([changeLine(change, shortName(await names.ofUser(actor)), message)]);
  }

  async #ticks({ type, chat_id, seq }: CursorUpdate): Promise<void> {
    const { client, screen, openChat } = this.terminal;
    const own = client.messages(chat_id).filter((message) => message.tick !== null && message.seq !== null);
    const marked = own.filter((message) => message.seq! <= seq);
    const last = marked.at(-1);
    // Reading may be told before delivery, which then says nothing new.
    if (!openChat || !last || (type === 'delivered.outbox' && last.tick === 'read')) return;
    let isInSight = false;
    for (const message of marked.slice(-news_messages_max)) isInSight = await openChat.repaint(message);
    if (isInSight) return;
    const mark = tickMark(type === 'read.outbox' ? 'read' : 'delivered', screen.look);
    const word = type === 'read.outbox' ? (screen.look.colours.isOn ? ' read' : '') : ' delivered';
    screen.print([`· ${mark}${word} up to #${last.seq}`]);
  }

  async #elsewhere(update: Update): Promise<string | null> {
    const { names, openChat } = this.terminal;
    switch (update.type) {
      case 'chat.new':
        if (this.terminal.isBeginning) return null;
        return `· New chat: ${shortName(await names.ofChatId(update.chat_id))} (/chats)`;
      case 'chat.removed':
        if (update.chat_id === openChat?.chatId) this.terminal.leaveOpenChat();
        return `· You are no longer in ${shortName(await names.ofChatId(update.chat_id))}.`;
      case 'device.added':
        return `· A device of yours signed in: ${printable(update.device.name)}`;
      case 'device.removed':
        return '· A device of yours was signed out.';
      default:
        return null;
    }
  }

  /** What waits to be sent in the open chat and was not printed yet; or one message of it. */
  async #showEarly(clientMsgId?: string): Promise<void> {
    const { client, openChat } = this.terminal;
    if (!openChat) return;
    const early = client
      .messages(openChat.chatId)
      .filter(({ client_msg_id, tick }) =>
        clientMsgId === undefined ? tick === 'pending' : client_msg_id === clientMsgId,
      );
    await openChat.print(early.filter((message) => !openChat.isPrinted(message)));
  }

  #stored(chatId: string, seq: number): ShownMessage | undefined {
    return this.terminal.client.messages(chatId).find((message) => message.seq === seq);
  }
}

function isOffline(state: ConnectionState): boolean {
  return state.status === 'waiting' && state.isOffline;
}

/** It was never sent, and is not kept any more. */
function givenUp({ content: _content, ...message }: ShownMessage): ShownMessage {
  return { ...message, is_deleted: true, tick: null };
}
