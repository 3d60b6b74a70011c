/** What tombstones say is to be erased, found in the streams themselves: read models may lag, or be wrong. */
import { deletedIn, isErasable, wordsIn } from '#domain/chat/erasure.js';
import type { ChatDecision } from '#domain/chat/state.js';
import { chatSubject, idOfSubject } from '#streams/subjects.js';
import type { AdminContext } from '../operation.js';
import { readThrough, type Stretch } from './read-through.js';

/** What is known at a time of the messages that were deleted. */
const tombstones_max = 10_000;
/** Looked through at once. */
const chats_max = 100;

type Means = Pick<AdminContext, 'nats' | 'signal'>;

export interface Tombstones {
  /** Chat → the messages of it that were deleted. */
  readonly deleted: ReadonlyMap<string, ReadonlySet<number>>;
  /** How many there are. */
  readonly count: number;
  /** The sequence of the last one; 0: there is none. */
  readonly last: number;
  /** All up to here; less than was asked for when there are many. */
  readonly to: number;
}

export async function findTombstones(means: Means, stretch: Stretch): Promise<Tombstones> {
  const deleted = new Map<string, Set<number>>();
  let [last, count] = [0, 0];
  const to = await readThrough(means, stretch, ({ subject, sequence, decision }) => {
    const seqs = deletedIn(decision);
    if (seqs.length === 0) return false;
    const chatId = idOfSubject(subject);
    const known = deleted.get(chatId) ?? new Set();
    for (const seq of seqs) known.add(seq);
    deleted.set(chatId, known);
    last = sequence;
    count += seqs.length;
    return count >= tombstones_max;
  });
  return { deleted, count, last, to };
}

export interface DoomedChat {
  readonly chatId: string;
  /** Of the decisions to be erased, ascending. */
  readonly sequences: readonly number[];
  /** Decisions that hold a deleted message's words and something that must stay. */
  readonly held: number;
}

/** Chat by chat, those that still have something to erase, or to hold. */
export async function* findDoomed(
  means: Means,
  stream: string,
  { deleted, to }: Tombstones,
): AsyncGenerator<DoomedChat> {
  const chatIds = [...deleted.keys()];
  for (let at = 0; at < chatIds.length; at += chats_max) {
    yield* await doomedIn(means, stream, new Set(chatIds.slice(at, at + chats_max)), deleted, to);
  }
}

async function doomedIn(
  means: Means,
  stream: string,
  chatIds: ReadonlySet<string>,
  deleted: Tombstones['deleted'],
  to: number,
): Promise<DoomedChat[]> {
  const found = new Map<string, { all: Set<number>; candidates: Map<number, ChatDecision> }>();
  for (const chatId of chatIds) found.set(chatId, { all: new Set(), candidates: new Map() });
  const subjects = [...chatIds].map(chatSubject);
  await readThrough(means, { stream, from: 1, to, subjects }, ({ subject, sequence, decision }) => {
    const chatId = idOfSubject(subject);
    const { all, candidates } = found.get(chatId)!;
    // Also deletions heeded before: they may have waited for one of these.
    for (const seq of deletedIn(decision)) all.add(seq);
    if (wordsIn(decision).some((seq) => deleted.get(chatId)!.has(seq))) candidates.set(sequence, decision);
  });
  return [...found].flatMap(([chatId, { all, candidates }]): DoomedChat[] => {
    const sequences = [...candidates].filter(([, decision]) => isErasable(decision, all)).map(([at]) => at);
    const held = candidates.size - sequences.length;
    return candidates.size === 0 ? [] : [{ chatId, sequences, held }];
  });
}
