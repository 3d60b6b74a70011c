/** Two people who go on chatting whatever happens around them, notice every error, and know in the end whether anything is missing. */
import { setTimeout as pause } from 'node:timers/promises';
import { Person, WireRefusal } from './person.js';
import type { WireUpdate } from './wire-client.js';

const between_ms = 30;

export interface PairOptions {
  readonly phones: readonly [string, string];
  /** Words that stand in everything they write. */
  readonly words: string;
}

export class WellBehavedPair {
  /** What they were told that they should not have been. */
  readonly troubles: string[] = [];
  /** From sending until the other one has it, in milliseconds. */
  durations_ms: number[] = [];
  private readonly stopping = new AbortController();
  private readonly talking: Promise<unknown>;
  private readonly sent: string[] = [];
  private renewed_ms = Date.now();

  private constructor(
    readonly one: Person,
    readonly other: Person,
    readonly chatId: string,
    private readonly words: string,
  ) {
    this.talking = this.talk();
  }

  static async meet(
    apiUrl: string,
    { phones, words }: PairOptions,
    gatewayUrl = apiUrl,
  ): Promise<WellBehavedPair> {
    const [one, other] = [await Person.signIn(apiUrl, phones[0]), await Person.signIn(apiUrl, phones[1])];
    await Promise.all([one.connect(gatewayUrl), other.connect(gatewayUrl)]);
    const { chat } = await one.create({ kind: 'direct', member_ids: [other.userId] });
    return new WellBehavedPair(one, other, chat.chat_id, words);
  }

  get count(): number {
    return this.sent.length;
  }

  /** Resolves when they have said so many more things. */
  async saysMore(count: number): Promise<void> {
    const until = this.count + count;
    while (this.count < until && this.troubles.length === 0) await pause(between_ms);
  }

  /** Ends the talk; then every word must be in both logs and in the chat, once and in order. */
  async stop(): Promise<readonly string[]> {
    this.stopping.abort();
    await this.talking;
    for (const person of [this.one, this.other]) {
      const told = person.log.map((update) => this.textOf(update));
      if (told.filter(Boolean).join() !== this.sent.join())
        this.troubles.push('a log does not hold what was said');
      if (person.log.some(({ pts }, at) => pts !== person.log[0]!.pts + at))
        this.troubles.push('a log has a hole');
      const history = (await person.history(this.chatId))
        .map((message) => message.content?.text)
        .filter(Boolean);
      if (history.join() !== this.sent.join()) this.troubles.push('the chat does not hold what was said');
    }
    return this.troubles;
  }

  close(): void {
    this.one.client.drop();
    this.other.client.drop();
  }

  private async talk(): Promise<void> {
    for (let said = 0; !this.stopping.signal.aborted; said++) {
      await this.renewInTime();
      const [speaker, listener] = said % 2 === 0 ? [this.one, this.other] : [this.other, this.one];
      await this.say(speaker, listener, `${this.words} ${said}`);
      await pause(between_ms);
    }
  }

  private async renewInTime(): Promise<void> {
    const half_life_ms = this.one.identity.access_expires_in_s * 500;
    if (Date.now() - this.renewed_ms < half_life_ms) return;
    this.renewed_ms = Date.now();
    await Promise.all([this.one.renew(), this.other.renew()]).catch((error: unknown) => {
      this.troubles.push(String(error));
      this.stopping.abort();
    });
  }

  private async say(speaker: Person, listener: Person, text: string): Promise<void> {
    const begun = performance.now();
    try {
      await speaker.send(this.chatId, text);
      this.sent.push(text);
      await Promise.all(
        [speaker, listener].map((person) =>
          person.client.until(() => this.textOf(this.lastOf(person)) === text),
        ),
      );
      this.durations_ms.push(performance.now() - begun);
      // Into the logs.
      void [speaker.pts, listener.pts];
    } catch (error) {
      this.troubles.push(error instanceof WireRefusal ? error.message : String(error));
      this.stopping.abort();
    }
  }

  private lastOf({ client }: Person): WireUpdate | undefined {
    return client.updates.findLast((update) => this.textOf(update) !== undefined);
  }

  /** Strangers may write to them as well, in other chats. */
  private textOf(notified: WireUpdate | undefined): string | undefined {
    const { type, ...about } = notified?.update ?? { type: '' };
    const { chat_id, message } = about as { chat_id?: string; message?: { content?: { text?: string } } };
    if (type !== 'message.new' || chat_id !== this.chatId) return undefined;
    return message?.content?.text;
  }
}
