/** Loads an aggregate that takes a read or two to load, decides, appends, and begins again when another write came first. */
import { setTimeout as delay } from 'node:timers/promises';
import { repeat, type Verdict } from '#domain/kernel/decider.js';
import type { Decision } from '#domain/kernel/decision.js';
import type { EventStore, LoadedAggregate, StoredDecision } from '#streams/event-store.js';
import { countRetry } from '../decision-retries.js';
import { Refusal } from '#protocol/refusal.js';

const attempts_max = 10;
const back_off_ms_max = 40;
const retry_after_ms = 200;

export interface Deciding<D extends Decision, State, Event, Answer> {
  readonly subject: string;
  /** Of the command: however often it is asked, the store takes it once. */
  readonly messageId: string;
  /** Null: there is nothing on the subject yet. */
  readonly restore: (loaded: LoadedAggregate<D> | null) => State;
  readonly decide: (state: State) => Verdict<Event, Answer>;
  readonly build: (state: State, events: readonly Event[]) => D;
}

export interface Settled<D extends Decision, Event, Answer> {
  readonly verdict: Verdict<Event, Answer>;
  /** The head after it: what was appended, or what the verdict rests on. */
  readonly head: Pick<StoredDecision<D>, 'sequence' | 'decision'> | null;
}

/**
 * `build` must give the same `decision_id` each time: an append whose answer was lost is recognised by it while it is the
 * head, and otherwise by the decider, to whom it holds already. Throws a Refusal after `attempts_max`.
 */
export async function decideAndAppend<D extends Decision, State, Event, Answer>(
  store: EventStore,
  { subject, messageId, restore, decide, build }: Deciding<D, State, Event, Answer>,
): Promise<Settled<D, Event, Answer>> {
  let lastFailure = '';
  let wasStored = false;
  for (let attempt = 1; attempt <= attempts_max; attempt++) {
    const loaded = (await store.load(subject, { fresh: true })) as LoadedAggregate<D> | null;
    const head = loaded?.head ?? null;
    const state = restore(loaded);
    const verdict = decide(state);
    if (verdict.kind !== 'accept') return { verdict, head };
    // It was done, and undone since: doing it again would undo that.
    if (wasStored) return { verdict: repeat(verdict.answer), head };
    const decision = build(state, verdict.events);
    const result = await store.append(subject, head?.sequence ?? 0, [decision], [messageId]);
    if (result.kind === 'appended') return { verdict, head: { sequence: result.firstSequence, decision } };
    wasStored ||= result.kind === 'duplicate';
    countRetry('account', result.kind === 'unknown' ? 'unknown' : 'conflict');
    lastFailure = result.kind;
    await delay(Math.random() * Math.min(back_off_ms_max, 2 ** attempt));
  }
  throw new Refusal(lastFailure === 'unknown' ? 'UNAVAILABLE' : 'CONFLICT', { retry_after_ms });
}
