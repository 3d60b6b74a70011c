import type { ConnectionState } from '#client/connection.js';
import type { ShownMessage } from '#client/shown-message.js';
import { connectedLine, newsLine, notConnectedLine } from './connection-lines.js';
import { shortName } from './message-rows.js';
import type { OwnActs } from './own-acts.js';
import type { Terminal } from './terminal.js';

/** Of what came into the open chat while the device was away, so many messages are shown. */
const news_messages_max = 20;
/** A connection that is back before this was never gone, as far as the user is concerned. */
const unnoticed_ms = 1_000;

/** What came in one chat while the device caught up. */
interface News {
  /** Messages of others. */
  readonly count: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
}

/** The connection as the user meets it: told once when it is gone, and what came meanwhile in sum when it is back. */
export class Absence {
  /** By chat, while the device catches up; null when it is up to date. */
  #news: Map<string, News> | null = null;
  /** Whether the user was told that there is no connection. */
  #isToldOffline = false;
  #wasOpen = false;

  constructor(
    private readonly terminal: Terminal,
    private readonly ownActs: OwnActs,
  ) {}

  followConnection(): void {
    this.terminal.client.on('connection', (state) => this.#connection(state));
  }

  follow(): void {
    const { client } = this.terminal;
    this.#news = client.connection.status === 'open' ? null : new Map();
    client.on('caught_up', () => this.terminal.enqueue(() => this.#caughtUp()));
  }

  /** Whether the message will be told with the rest of what came while the device was away. */
  takes({ chat_id, sender_id }: ShownMessage, seq: number): boolean {
    if (!this.#news) return false;
    const { count, firstSeq } = this.#news.get(chat_id) ?? { count: 0, firstSeq: seq };
    const isOwn = sender_id === this.terminal.client.userId;
    this.#news.set(chat_id, { count: count + (isOwn ? 0 : 1), firstSeq, lastSeq: seq });
    return true;
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
    this.ownActs.showWaiting();
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
}

function isOffline(state: ConnectionState): boolean {
  return state.status === 'waiting' && state.isOffline;
}
