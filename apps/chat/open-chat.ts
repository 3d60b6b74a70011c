import type { ShownMessage } from '#client/shown-message.js';
import { divider } from './dividers.js';
import { messageRows } from './message-rows.js';
import { day } from './moments.js';
import type { Names } from './names.js';
import type { Screen } from './screen/screen.js';

/** Messages that are kept as they were printed: the latest. */
const printed_messages_max = 2_000;

/** The chat that is open, and what of it was printed. */
export class OpenChat {
  /** The lowest number printed: what `/more` goes on from. */
  oldestSeq = Infinity;
  /** The day of the last message printed. */
  #day = '';
  /** By client_msg_id. */
  readonly #printed = new Map<string, ShownMessage>();

  constructor(
    readonly chatId: string,
    private readonly screen: Pick<Screen, 'look' | 'print' | 'repaint'>,
    private readonly names: Pick<Names, 'answer'>,
  ) {}

  /** As they stand, with the days between them; before the first unread one a divider, when there is any. */
  async print(messages: readonly ShownMessage[], readSeq = Infinity): Promise<void> {
    const news = messages.filter(({ seq, tick }) => seq !== null && seq > readSeq && tick === null);
    for (const message of messages) {
      this.#printDay(message);
      if (message === news[0]) this.printDivider(`${news.length} new`);
      await this.#printOne(message);
    }
  }

  /** Older ones than those printed; what comes next begins with its day again. */
  async printOlder(messages: readonly ShownMessage[]): Promise<void> {
    this.#day = '';
    await this.print(messages);
    this.#day = '';
    this.printDivider('end of what is older');
  }

  printDivider(words: string): void {
    this.screen.print([divider(words, this.screen.look)]);
  }

  /** Shows the message as it is now where it was printed before. False when that is not in sight. */
  async repaint(message: ShownMessage): Promise<boolean> {
    const named = await this.names.answer(message);
    const isInSight = this.screen.repaint(keyOf(message), messageRows(named, this.screen.look));
    if (isInSight) this.#note(message);
    return isInSight;
  }

  /** The log has brought it: it is printed, unless it was already. */
  async bring(message: ShownMessage): Promise<void> {
    const before = this.#printed.get(message.client_msg_id);
    if (before && before.seq !== null) return;
    if (before === undefined || !(await this.repaint(message))) await this.print([message]);
  }

  isPrinted({ client_msg_id }: Pick<ShownMessage, 'client_msg_id'>): boolean {
    return this.#printed.has(client_msg_id);
  }

  isNumbered({ client_msg_id }: Pick<ShownMessage, 'client_msg_id'>): boolean {
    return typeof this.#printed.get(client_msg_id)?.seq === 'number';
  }

  /** The message of that number, as it was printed last. */
  printed(seq: number): ShownMessage | undefined {
    return [...this.#printed.values()].find((message) => message.seq === seq);
  }

  #printDay({ date_ms }: ShownMessage): void {
    const today = day(date_ms);
    if (today !== this.#day) this.printDivider(today);
    this.#day = today;
  }

  async #printOne(message: ShownMessage): Promise<void> {
    const named = await this.names.answer(message);
    this.screen.print(messageRows(named, this.screen.look), keyOf(message));
    this.#note(message);
  }

  #note(message: ShownMessage): void {
    const { client_msg_id, seq } = message;
    this.#printed.set(client_msg_id, message);
    if (seq !== null) this.oldestSeq = Math.min(this.oldestSeq, seq);
    const [first] = this.#printed.keys();
    if (this.#printed.size > printed_messages_max) this.#printed.delete(first!);
  }
}

/** The same before it was sent and after. */
function keyOf({ chat_id, client_msg_id }: ShownMessage): string {
  return `${chat_id}/${client_msg_id}`;
}
