/** Asks the read models for what a chat's recent run does not tell, until the two meet (docs/adr/0003). */
import { setTimeout as delay } from 'node:timers/promises';
import type { ChatDecision } from '#domain/chat/state.js';
import type { RequestMark } from '#domain/kernel/decision.js';
import type { EventStore, StoredDecision } from '#streams/event-store.js';
import { keyAge } from '../idempotency.js';
import type { ChatPlace, FoundFacts, ReadModels } from '../read-models.js';
import { Refusal } from '#protocol/refusal.js';
import { runKnows } from './facts.js';
import type { LoadedChat } from './loaded-chat.js';
import type { LookedUpRequest, Lookups } from './pending-command.js';
import { covers, findByKey, recentOf, tombstoneIn, type RecentRun } from './recent-run.js';

/** How long a projector that lags is waited for, outside of the chat's queue: only the one who asks waits. */
const catch_up_ms_max = 1_500;
const catch_up_poll_ms = 50;
const not_caught_up_retry_after_ms = 500;
/** A key that grows old on its way through the queue would be refused there; it is looked up instead. */
const queue_ms_margin = 10_000;

export interface LookUpNeeds {
  readonly chat: ChatPlace;
  readonly userId: string;
  readonly mark?: RequestMark | undefined;
  readonly seqs: readonly number[];
  readonly isSystem?: true | undefined;
}

export class LookUps {
  constructor(
    private readonly models: ReadModels,
    private readonly store: EventStore,
    private readonly nowMs: () => number,
  ) {}

  /** False for what most commands are: new, with a key of just now, about no older message. */
  areNeeded({ mark, seqs }: LookUpNeeds): boolean {
    return seqs.length > 0 || (mark !== undefined && this.isOld(mark.id));
  }

  /** `chat` answers the chat as it is known now, which may lag behind the head. Throws a Refusal. */
  async find(needs: LookUpNeeds, chat: () => Promise<LoadedChat>): Promise<Lookups> {
    const { userId, mark, seqs } = needs;
    const { run } = await chat();
    if (mark && findByKey(run, userId, mark.id)) return {};
    const request = mark && this.isOld(mark.id) ? await this.request(needs, mark.id, chat) : undefined;
    if (request?.found || request?.tombstone) return { request };
    const unknownSeqs = seqs.filter((seq) => !runKnows(run, seq));
    if (unknownSeqs.length === 0) return request ? { request } : {};
    const { state } = await chat();
    const isStranger = state.status === 'none' || !(needs.isSystem || state.members.has(userId));
    if (isStranger) return request ? { request } : {};
    const ask = () => this.models.messageFacts(needs.chat, userId, seqs);
    const facts = await this.caughtUp<FoundFacts>(chat, ask, ({ position }, known) =>
      covers(known, position),
    );
    return request ? { request, facts } : { facts };
  }

  private isOld(key: string): boolean {
    return keyAge(key, this.nowMs() + queue_ms_margin) === 'old';
  }

  private async request(
    { chat: place, userId }: LookUpNeeds,
    key: string,
    chat: () => Promise<LoadedChat>,
  ): Promise<LookedUpRequest> {
    const { position, sequence } = await this.caughtUp(
      chat,
      () => this.models.findRequest(place, userId, key),
      (found, run) => found.sequence !== null || covers(run, found.position) || !!findByKey(run, userId, key),
    );
    if (sequence === null) return { position, found: null };
    const stored = await this.store.read(place.stream, sequence);
    if (stored === null) return { position, found: 'erased' };
    const { decision } = stored as StoredDecision<ChatDecision>;
    const decided = recentOf(sequence, decision);
    return tombstoneIn(decided, key)
      ? { position, found: null, tombstone: decided }
      : { position, found: decided };
  }

  /** Asks again until the answer and the run leave no gap. */
  private async caughtUp<Found>(
    chat: () => Promise<LoadedChat>,
    ask: () => Promise<Found>,
    isEnough: (found: Found, run: RecentRun) => boolean,
  ): Promise<Found> {
    const deadlineMs = performance.now() + catch_up_ms_max;
    for (;;) {
      const found = await ask();
      if (isEnough(found, (await chat()).run)) return found;
      if (performance.now() > deadlineMs) {
        throw new Refusal('NOT_CAUGHT_UP', { retry_after_ms: not_caught_up_retry_after_ms });
      }
      await delay(catch_up_poll_ms);
    }
  }
}
