/**
 * What outlives erased decisions, in the stream ERASED: written before a decision is erased, in the very words an audit would have told
 * of it before, so that nothing of an audit changes but the mark that it is erased. Stored for ever; formats are added to, never changed.
 */
import type { NatsConnection } from '@nats-io/nats-core';
import { DirectGet } from '#streams/direct-get.js';
import { StoreUnavailable } from '#streams/event-store.js';
import { publishOne } from '#streams/publish-one.js';
import type { StoredMessage } from '#streams/stored-message.js';
import { erased_block_events, erased_stream, erasedSubject } from '#streams/subjects.js';
import type { EventFact } from './audited.js';
import { factsOf } from './event-facts.js';

const page_max = 256;

export interface ErasedDecision {
  readonly format: 1;
  readonly facts: readonly EventFact[];
}

export const encodeErased = (erased: ErasedDecision): Uint8Array => Buffer.from(JSON.stringify(erased));

/** Throws on what this version does not know: an audit trail is never skipped over. */
export function decodeErased(data: Uint8Array): ErasedDecision {
  const erased = JSON.parse(Buffer.from(data).toString()) as ErasedDecision;
  if (erased.format !== 1 || !Array.isArray(erased.facts))
    throw new Error(`${erased_stream} holds a record that this version does not know.`);
  return erased;
}

/** Resolves when the store has it. Again and again is harmless: whoever reads takes one of them. */
export async function keepErased(
  nats: NatsConnection,
  stream: string,
  message: StoredMessage,
): Promise<void> {
  const { facts } = factsOf(stream, message);
  const [first] = facts;
  if (first === undefined) return;
  const result = await publishOne(nats, {
    subject: erasedSubject(first.subject_id, first.chat_pts),
    data: encodeErased({ format: 1, facts }),
    msgId: first.decision_id,
  });
  if (!result.ok && result.reason !== 'duplicate')
    throw new StoreUnavailable(
      `${erased_stream} did not take what must outlive an erased decision (${result.reason}): ` +
        'where the stream is missing, npm run admin -- setup makes it',
    );
}

/** Of one chat, in ascending order of their numbers: one block of them is held at a time. */
export class ErasedFacts {
  private readonly direct: DirectGet;
  private block = -1;
  private known = new Map<number, readonly EventFact[]>();

  constructor(
    nats: NatsConnection,
    private readonly chatId: string,
  ) {
    this.direct = new DirectGet(nats);
  }

  /** Of the decision whose first event has this number; empty: none was kept. */
  async of(chatPts: number): Promise<readonly EventFact[]> {
    const block = Math.floor(chatPts / erased_block_events);
    if (block !== this.block) {
      this.known = await this.read(chatPts);
      this.block = block;
    }
    return this.known.get(chatPts) ?? [];
  }

  private async read(chatPts: number): Promise<Map<number, readonly EventFact[]>> {
    const known = new Map<number, readonly EventFact[]>();
    const subject = erasedSubject(this.chatId, chatPts);
    for (let startSequence = 1; ;) {
      const { messages } = await this.direct.getBatch(erased_stream, {
        subject,
        startSequence,
        max: page_max,
      });
      for (const { data } of messages) {
        const { facts } = decodeErased(data);
        if (facts[0] !== undefined) known.set(facts[0].chat_pts, facts);
      }
      if (messages.length === 0) return known;
      startSequence = messages.at(-1)!.sequence + 1;
    }
  }
}
