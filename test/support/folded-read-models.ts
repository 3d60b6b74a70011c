/** Read models folded from an event store on every question: exact up to where the test lets them see. */
import type { ReadModels } from '../../apps/command-handler/read-models.js';
import { evolveFacts, type ChatDecision, type MessageFacts } from '#domain/chat/index.js';
import type { EventStore, StoredDecision } from '#streams/event-store.js';
import { chatSubject } from '#streams/subjects.js';

const reads_max = 256;

type StoredChat = StoredDecision<ChatDecision>;

export class FoldedReadModels implements ReadModels {
  /** The last sequence that the "projector" has seen of every stream; Infinity: it has no lag. */
  seesUpTo = Infinity;
  /** What takes the place of an answer, such as the refusal of a database that is down. */
  failure: Error | null = null;
  /** How often it was asked for a key. */
  requestsAsked = 0;
  /** How far everybody has read every chat, as they tell it. */
  readCursorOfAll = 0;

  constructor(private readonly store: EventStore) {}

  async findRequest(chat: { chatId: string; stream: string }, userId: string, requestId: string) {
    this.requestsAsked++;
    if (this.failure) throw this.failure;
    const { decisions, position } = await this.seen(chat);
    const found = decisions.find(
      ({ decision }) => decision.request?.id === requestId && decision.meta.actor.user_id === userId,
    );
    return { position, sequence: found?.sequence ?? null };
  }

  async messageFacts(chat: { chatId: string; stream: string }, userId: string, seqs: readonly number[]) {
    if (this.failure) throw this.failure;
    const { decisions, position } = await this.seen(chat);
    const facts = new Map<number, MessageFacts>();
    for (const event of decisions.flatMap(({ decision }) => decision.events)) {
      for (const seq of seqs) {
        const evolved = evolveFacts(facts.get(seq), event, userId, seq);
        if (evolved) facts.set(seq, evolved);
      }
    }
    return { position, facts };
  }

  async existingUsers(userIds: readonly string[]): Promise<ReadonlySet<string>> {
    if (this.failure) throw this.failure;
    return new Set(userIds.filter((id) => !id.startsWith('dead')));
  }

  async dueMessages() {
    if (this.failure) throw this.failure;
    return [];
  }

  async dueCalls() {
    if (this.failure) throw this.failure;
    return [];
  }

  async hidden(): Promise<ReadonlySet<number>> {
    if (this.failure) throw this.failure;
    return new Set();
  }

  async readCursor(): Promise<number> {
    if (this.failure) throw this.failure;
    return this.readCursorOfAll;
  }

  private async seen({ chatId, stream }: { chatId: string; stream: string }) {
    const all = await storedDecisions(this.store, stream, this.seesUpTo);
    const decisions = all.filter(({ subject }) => subject === chatSubject(chatId));
    return { decisions, position: all.at(-1)?.sequence ?? 0 };
  }
}

/** A stream from its first decision on; it must have no holes. */
export async function storedDecisions(
  store: EventStore,
  stream: string,
  upTo = Infinity,
): Promise<StoredChat[]> {
  const all: StoredChat[] = [];
  while (all.length < upTo) {
    const next = Array.from({ length: Math.min(reads_max, upTo - all.length) }, (_, i) => all.length + 1 + i);
    const found = (await store.readMany(stream, next)).filter((stored) => stored !== null);
    all.push(...(found as StoredChat[]));
    if (found.length < next.length) break;
  }
  return all;
}
