/** People who write and read all the time, and notice every error and every answer that lags behind what they were shown. */
import { setTimeout as pause } from 'node:timers/promises';
import { Person } from '../../test/support/person.js';
import { Durations } from '../support/percentiles.js';

const between_ms = 40;
const page_messages = 20;

export interface Noticed {
  readonly sends: Durations;
  readonly reads: Durations;
  /** By code, also of what would be asked again. */
  readonly errors: Map<string, number>;
  /** Answers that did not show what the session had seen. */
  wrong: number;
}

const nothing = (): Noticed => ({
  sends: new Durations(),
  reads: new Durations(),
  errors: new Map(),
  wrong: 0,
});

export class People {
  private noticed = nothing();
  private readonly stopping = new AbortController();
  private readonly talking: Promise<unknown>;

  private constructor(pairs: readonly (readonly [Person, Person, string])[]) {
    this.talking = Promise.all(
      pairs.flatMap(([one, other, chat]) => [this.talk(one, chat), this.talk(other, chat)]),
    );
  }

  static async meet(apiUrl: string, gatewayUrl: string, pairs_count: number): Promise<People> {
    const pairs = Array.from({ length: pairs_count }, async (_, index) => {
      const phones = [`+1555020${index}`, `+1555021${index}`];
      const [one, other] = await Promise.all(phones.map((phone) => Person.signIn(apiUrl, phone)));
      await Promise.all([one!.connect(gatewayUrl), other!.connect(gatewayUrl)]);
      const { chat } = await one!.create({ kind: 'direct', member_ids: [other!.userId] });
      return [one!, other!, chat.chat_id as string] as const;
    });
    return new People(await Promise.all(pairs));
  }

  /** What was noticed since the last time. */
  take(): Noticed {
    const taken = this.noticed;
    this.noticed = nothing();
    return taken;
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.talking;
  }

  private async talk(person: Person, chatId: string): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await this.noticing('sends', () => person.send(chatId, 'how are you?'));
      const seen = seenSeq(person, chatId);
      const page = await this.noticing('reads', () =>
        person.request('messages.history', { chat_id: chatId, limit: page_messages }),
      );
      if (page !== undefined && (page.messages.at(-1)?.seq ?? 0) < seen) this.noticed.wrong += 1;
      await pause(between_ms);
    }
    person.client.drop();
  }

  private async noticing<T>(what: 'sends' | 'reads', work: () => Promise<T>): Promise<T | undefined> {
    const { noticed } = this;
    try {
      return await noticed[what].time(work);
    } catch (error) {
      const { code = 'CONNECTION' } = ((error as { error?: { data?: { code: string } } }).error?.data ??
        {}) as {
        code?: string;
      };
      noticed.errors.set(code, (noticed.errors.get(code) ?? 0) + 1);
      return undefined;
    }
  }
}

function seenSeq(person: Person, chatId: string): number {
  const { client } = person;
  const last = client.updates.findLast(
    ({ update }) => update.type === 'message.new' && update['chat_id'] === chatId,
  );
  return (last?.update['seq'] as number | undefined) ?? 0;
}
