import type { History, OdnixClient } from '#client/client.js';
import type { ShownMessage } from '#client/shown-message.js';
import type { ChatView } from '#domain/user-log/update.js';
import type { SearchHit } from '#protocol/methods/messages.js';
import type { OpenDevice } from './device.js';
import { chatRows, type ListedChat } from './chat-rows.js';
import { Misuse } from './misuse.js';
import { Names } from './names.js';
import { OpenChat } from './open-chat.js';
import { printable } from './printable.js';
import type { Screen } from './screen/screen.js';
import { truncated } from './text-width.js';
import { TypingNote } from './typing-note.js';
import { within } from './waiting.js';

const shown_messages = 10;
const page_messages = 20;
const prompt_columns_max = 24;
/** How long a chat that was just begun may take to be known here. */
const known_within_ms = 5_000;
/** What this device has itself it has within this time. */
const local_answer_ms = 1_000;

/** What the user does and sees: the list of chats, the open one, older pages. Lines appear in the order of events. */
export class Terminal {
  readonly client: OdnixClient;
  readonly names: Names;
  readonly typing: TypingNote;
  /** By the search before: what its numbers mean. */
  found: readonly SearchHit[] = [];
  #open: OpenChat | null = null;
  /** The ids of the list shown last: what its numbers mean, also after another message has changed the order. */
  #listed: string[] = [];
  #printing: Promise<void> = Promise.resolve();
  #isBeginning = false;

  constructor(
    readonly device: OpenDevice,
    readonly screen: Screen,
  ) {
    this.client = device.client;
    this.names = new Names(device.client, device.peers);
    this.typing = new TypingNote((note) => screen.setNote(note));
  }

  get openChat(): OpenChat | null {
    return this.#open;
  }

  /** Whether the user is just beginning a chat, and so need not be told of it. */
  get isBeginning(): boolean {
    return this.#isBeginning;
  }

  /** Begins a chat, or finds the one there is, and opens it. */
  async begin(create: () => Promise<ChatView>): Promise<void> {
    this.#isBeginning = true;
    try {
      await this.open((await create()).chat_id);
    } finally {
      this.#isBeginning = false;
    }
  }

  say(...rows: string[]): void {
    this.enqueue(() => Promise.resolve(this.screen.print(rows)));
  }

  /** One after the other: names may have to be fetched first, and lines must not overtake each other. */
  enqueue(print: () => Promise<void>): void {
    this.#printing = this.#printing.then(print).catch((error: unknown) => {
      this.screen.print([`! ${printable(String(error))}`]);
    });
  }

  /** Resolves when everything said so far is on the screen. */
  settled(): Promise<void> {
    return this.#printing;
  }

  listChats(): void {
    this.enqueue(async () => {
      const chats = this.client.chats();
      this.#listed = chats.map(({ chat_id }) => chat_id);
      if (chats.length === 0)
        return this.screen.print(['No chats yet. /with +15550101 begins one; /help tells more.']);
      const listed = await Promise.all(chats.map((chat) => this.#listedChat(chat)));
      this.screen.print(chatRows(listed, this.screen.look));
    });
  }

  /** The chat of that number in the list shown last, or of that name, or the only one whose name begins so. */
  async chatOf(words: string): Promise<ChatView> {
    const chats = this.client.chats();
    const number = /^\d{1,4}$/.test(words) ? Number(words) : null;
    const listed = number === null ? undefined : (this.#listed[number - 1] ?? chats[number - 1]?.chat_id);
    const chat = listed === undefined ? await this.#chatNamed(words, chats) : this.client.chat(listed);
    if (chat) return chat;
    throw new Misuse(`There is no chat ${printable(words)}; /chats lists them.`);
  }

  async open(chatId: string): Promise<void> {
    await this.#whenKnown(chatId);
    this.enqueue(async () => {
      const chat = this.client.chat(chatId);
      const name = await this.names.ofChatId(chatId);
      this.#open = new OpenChat(chatId, this.screen, this.names);
      this.typing.clear();
      this.screen.setPrompt(`${truncated(name, prompt_columns_max)}> `);
      this.screen.print([`— ${name} —`]);
      const messages = await this.#latest(chatId);
      const unread = chat?.unread_count ?? 0;
      await this.#open.print(
        messages.slice(-Math.max(shown_messages, Math.min(page_messages, unread))),
        chat?.read_seq,
      );
      await this.client.markRead(chatId);
      await this.#watchPeer(chat);
    });
    await this.settled();
  }

  /** The user is writing, or has stopped: told to the others where the server has it. */
  setWriting(isWriting: boolean): void {
    if (this.#open) void this.client.setTyping(this.#open.chatId, isWriting ? 'typing' : 'none');
  }

  leaveOpenChat(): void {
    this.#open = null;
    this.client.watchPresence([]);
    this.typing.clear();
    this.screen.setPrompt('> ');
  }

  /** The page before what was printed: from this device where it has it, else from the server. */
  async more(open: OpenChat, count = page_messages): Promise<void> {
    const { messages, more } = await this.#older(open, count);
    this.enqueue(async () => {
      if (messages.length === 0) return this.screen.print(['There is nothing older.']);
      await open.printOlder(messages);
      this.screen.print([more ? '· /more shows what is older still.' : '· That was the beginning.']);
    });
  }

  /** The message of that number, with what stands about it: from this device where it has it, else from the server. */
  async around(open: OpenChat, seq: number): Promise<void> {
    const page = this.client.history(open.chatId, { around_seq: seq, limit: shown_messages });
    if (this.client.connection.status === 'waiting' && !(await within(local_answer_ms, page)))
      this.needServer();
    const { messages } = await page;
    if (!messages.some((message) => message.seq === seq))
      throw new Misuse(`There is no message #${seq} in this chat.`);
    this.enqueue(() => open.printOlder(messages));
  }

  /** Throws where there is no connection: for what only the server can do. */
  needServer(): void {
    if (this.client.connection.status !== 'waiting') return;
    throw new Misuse('That needs the server, and there is no connection just now. /status tells more.');
  }

  /** A chat that came with its last message alone is asked for the others, where there is a connection. */
  async #latest(chatId: string): Promise<readonly ShownMessage[]> {
    const here = this.client.messages(chatId);
    const first = here.find(({ seq }) => seq !== null)?.seq ?? 1;
    const isWhole = first <= (this.client.chat(chatId)?.visible_from_seq ?? 1);
    if (isWhole || here.length >= shown_messages || this.client.connection.status !== 'open') return here;
    const page = this.client.history(chatId, { limit: shown_messages }).catch(() => null);
    const answer = (await within(local_answer_ms, page)) ? await page : null;
    return answer === null ? here : [...answer.messages, ...here.filter(({ seq }) => seq === null)];
  }

  /** What is here comes at once; for the rest it is no use to wait without a connection. */
  async #older({ chatId, oldestSeq }: OpenChat, limit: number): Promise<History> {
    if (oldestSeq <= (this.client.chat(chatId)?.visible_from_seq ?? 1)) return { messages: [], more: false };
    const before = Number.isFinite(oldestSeq) ? { before_seq: oldestSeq } : {};
    const page = this.client.history(chatId, { ...before, limit });
    if (this.client.connection.status === 'waiting' && !(await within(local_answer_ms, page)))
      this.needServer();
    return page;
  }

  /** Of two whether the other one is there, and when they were. */
  async #watchPeer(chat: ChatView | undefined): Promise<void> {
    const peer = chat?.kind === 'direct' ? await this.names.peerOf(chat) : undefined;
    this.client.watchPresence(peer === undefined ? [] : [peer]);
  }

  async #listedChat(chat: ChatView): Promise<ListedChat> {
    const last = this.client.messages(chat.chat_id).at(-1);
    const named = last === undefined ? undefined : await this.names.named(last);
    return { chat, name: await this.names.ofChat(chat), last: named };
  }

  async #chatNamed(words: string, chats: readonly ChatView[]): Promise<ChatView | undefined> {
    const wanted = words.toLowerCase();
    const names = await Promise.all(chats.map(async (chat) => (await this.names.ofChat(chat)).toLowerCase()));
    const exact = names.indexOf(wanted);
    if (exact >= 0) return chats[exact];
    const beginning = chats.filter((_chat, index) => wanted !== '' && names[index]!.startsWith(wanted));
    if (beginning.length > 1)
      throw new Misuse(`More than one chat begins with ${printable(words)}; /chats numbers them.`);
    return beginning[0];
  }

  /** What the server was asked to begin comes with the log. */
  async #whenKnown(chatId: string): Promise<void> {
    if (this.client.chat(chatId)) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        end();
        resolve();
      };
      const timer = setTimeout(done, known_within_ms);
      const end = this.client.on('chat', ({ chat_id }) => {
        if (chat_id === chatId) done();
      });
    });
  }
}
