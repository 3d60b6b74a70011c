import type { MessageFacts } from '#domain/chat/index.js';
import { Refusal } from '#protocol/refusal.js';
import { Mailboxes } from './mailboxes.js';
import type { ChatPlace, FoundFacts } from './read-models.js';

const waiting_max = 1_024;
const gathered_max = 128;
const busy_retry_after_ms = 200;

export interface FactsAsked {
  readonly actor_id: string;
  readonly seqs: readonly number[];
}

/** Answers all who ask of one chat, in their order, out of one view of it. */
type LookUpFacts = (
  place: ChatPlace,
  by: readonly FactsAsked[],
) => Promise<{ readonly covered_to: number; readonly facts: readonly ReadonlyMap<number, MessageFacts>[] }>;

interface Asking extends FactsAsked {
  readonly place: ChatPlace;
  answer(found: FoundFacts): void;
  fail(error: unknown): void;
}

/**
 * One look a chat at a time: whoever asks while it is under way is answered by the next, with all who wait. Hundreds who react
 * at once to one message are a handful of looks, each begun after they asked.
 */
export class GatheredFacts {
  private readonly chats: Mailboxes<Asking>;

  constructor(private readonly lookUp: LookUpFacts) {
    const bounds = { waiting_jobs_max: waiting_max, batch_jobs_max: gathered_max };
    this.chats = new Mailboxes(bounds, (_chatId, batch) => this.serve(batch));
  }

  find(place: ChatPlace, actor_id: string, seqs: readonly number[]): Promise<FoundFacts> {
    return new Promise((answer, fail) => {
      const isTaken = this.chats.post(place.chatId, [{ place, actor_id, seqs, answer, fail }]);
      if (!isTaken) fail(new Refusal('BUSY', { retry_after_ms: busy_retry_after_ms }));
    });
  }

  private async serve(batch: readonly Asking[]): Promise<void> {
    try {
      const { facts, covered_to } = await this.lookUp(batch[0]!.place, batch);
      for (const [index, { answer }] of batch.entries())
        answer({ position: covered_to, facts: facts[index]! });
    } catch (error) {
      for (const { fail } of batch) fail(error);
    }
  }
}
