/** Erases decisions of one chat: harmless to interrupt anywhere, and to repeat. */
import { setTimeout as pause } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { v7 as uuidV7 } from 'uuid';
import { buildChatDecision, pointersOfHead, restoreChat } from '#domain/chat/index.js';
import type { ChatDecision } from '#domain/chat/state.js';
import { DirectGet } from '#streams/direct-get.js';
import {
  StoreDamaged,
  StoreUnavailable,
  type EventStore,
  type LoadedAggregate,
} from '#streams/event-store.js';
import { chatSubject } from '#streams/subjects.js';
import { keepErased } from '../audit/erased-facts.js';
import type { DoomedChat } from './doomed.js';

/** So that those who write to the stream do not feel it. */
const erased_per_second_max = 100;
const appends_max = 20;
const back_off_ms_max = 250;

export interface EraseMeans {
  readonly nats: NatsConnection;
  readonly store: EventStore;
  readonly signal: AbortSignal;
}

/** `erased` is called after each. */
export async function eraseChat(
  means: EraseMeans,
  stream: string,
  { chatId, sequences }: DoomedChat,
  erased: () => void,
): Promise<void> {
  if (sequences.length === 0) return;
  await anchorBefore(means, chatId, new Set(sequences));
  for (const sequence of sequences) {
    means.signal.throwIfAborted();
    const from = performance.now();
    await eraseOne(means, stream, sequence);
    erased();
    const restMs = 1_000 / erased_per_second_max - (performance.now() - from);
    if (restMs > 0) await pause(restMs);
  }
}

/**
 * When the chat's head is among what is to be erased, or points at it, the whole state is appended first, through the same
 * fence as commands. Whoever appends meanwhile can only point at less of it: pointers never go back. So a chat always
 * has its head, and its next writer expects that very sequence.
 */
async function anchorBefore(
  { store, signal }: EraseMeans,
  chatId: string,
  doomed: ReadonlySet<number>,
): Promise<void> {
  const subject = chatSubject(chatId);
  for (let attempt = 1; attempt <= appends_max; attempt++) {
    signal.throwIfAborted();
    const loaded = (await store.load(subject, { fresh: true })) as LoadedAggregate<ChatDecision> | null;
    if (loaded === null || loaded.missing.length > 0)
      throw new StoreDamaged(`a chat that is swept lacks what its head points at: ${subject}`);
    if (!loaded.decisions.some(({ sequence }) => doomed.has(sequence))) return;
    const result = await store.append(subject, loaded.head.sequence, [anchorOf(loaded)]);
    // Whatever came of it: the next look at the head tells.
    if (result.kind !== 'appended') await pause(Math.random() * Math.min(back_off_ms_max, 2 ** attempt));
  }
  throw new StoreUnavailable(`others wrote ${appends_max} times before an anchor could be: ${subject}`);
}

function anchorOf({ head, decisions, membersFrom }: LoadedAggregate<ChatDecision>): ChatDecision {
  const state = restoreChat(
    decisions.map(({ decision }) => decision),
    membersFrom?.decision ?? null,
  );
  const decision_id = uuidV7();
  const cause = { command_id: decision_id, causation_id: decision_id, correlation_id: decision_id };
  const { decision } = buildChatDecision({
    state,
    pointers: pointersOfHead(head.sequence, head.decision.header),
    events: [],
    decision_id,
    nextId: uuidV7,
    at_ms: Date.now(),
    meta: { actor: { user_id: null, device_id: null }, ...cause },
  });
  return decision;
}

/**
 * What must outlive it is kept first. The server writes over its bytes, on each replica. Pair assertion: the leader no longer
 * has it.
 */
async function eraseOne({ nats }: EraseMeans, stream: string, sequence: number): Promise<void> {
  const direct = new DirectGet(nats);
  const doomed = await direct.getBySequence(stream, sequence, { leader: true });
  if (doomed === null) return;
  await keepErased(nats, stream, doomed);
  const jsm = await jetstreamManager(nats, { checkAPI: false });
  const failure = await jsm.streams.deleteMessage(stream, sequence, true).then(
    () => null,
    (error: unknown) => error,
  );
  const left = await direct.getBySequence(stream, sequence, { leader: true });
  if (left !== null) throw failure ?? new StoreUnavailable(`${stream} ${sequence} was not erased`);
}
