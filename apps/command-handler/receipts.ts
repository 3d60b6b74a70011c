/** Writes marks that readers moved: without expectation, because marks are merged by maximum in whatever order. */
import { setTimeout as delay } from 'node:timers/promises';
import type { NewEvent } from '#domain/kernel/new-event.js';
import { buildReceiptDecision, type ReceiptEvent } from '#domain/receipt/index.js';
import type { EventStore } from '#streams/event-store.js';
import { receiptSubject, streamOf } from '#streams/subjects.js';
import type { Clock } from './clock.js';
import { metaOf, type CommandOrigin } from './decision-meta.js';
import { messageIdOf } from './idempotency.js';
import { Refusal } from '#protocol/refusal.js';

const attempts_max = 3;
const back_off_ms = 20;
const unavailable_retry_after_ms = 500;

export class Receipts {
  constructor(
    private readonly store: EventStore,
    private readonly clock: Clock,
    private readonly streamsPerFamily: number,
  ) {}

  /** Where the marks stand. Throws a Refusal when the store gave no answer: then they may stand there or not. */
  async append(
    origin: CommandOrigin,
    events: readonly NewEvent<ReceiptEvent>[],
  ): Promise<{ readonly stream: string; readonly sequence: number }> {
    const { user_id } = origin.identity;
    const decision = buildReceiptDecision({
      events,
      decision_id: this.clock.nextId(),
      nextId: this.clock.nextId,
      meta: { occurred_at_ms: this.clock.nowMs(), ...metaOf(origin) },
    });
    const messageId = messageIdOf(user_id, 'receipt', origin.commandId);
    const stream = streamOf('RECEIPT', user_id, this.streamsPerFamily);
    for (let attempt = 1; attempt <= attempts_max; attempt++) {
      const subject = receiptSubject(user_id);
      const result = await this.store.appendUnguarded(subject, decision, messageId);
      if (result.kind === 'appended') return { stream, sequence: result.firstSequence };
      if (result.kind === 'duplicate' && result.sequence !== undefined) {
        return { stream, sequence: result.sequence };
      }
      await delay(attempt * back_off_ms);
    }
    throw new Refusal('UNAVAILABLE', { retry_after_ms: unavailable_retry_after_ms });
  }
}
