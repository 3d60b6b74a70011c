import { StoreDamaged, resolvePointer } from './event-store.js';
import type { LoadedAggregate, StoredDecision } from './event-store.js';

type ReadMany = (sequences: readonly number[]) => Promise<readonly (StoredDecision | null)[]>;

/**
 * Follows the pointers of an aggregate's head: at most 33 reads, all at once, however long the aggregate's history.
 *
 * Pair assertion to writing: what a pointer names must be a decision of the same subject, not behind the head, and carry
 * what it is named for. Otherwise `StoreDamaged`. What is gone is told in `missing`: whether a tombstone covers it is
 * the caller's knowledge.
 */
export async function loadAggregate(head: StoredDecision, readMany: ReadMany): Promise<LoadedAggregate> {
  const { state_at, since, members_at } = head.decision.header;
  const stateAt = pointed(head, state_at);
  const membersAt = pointed(head, members_at);
  const foldedAt = [...new Set([stateAt, ...since.map((pointer) => pointed(head, pointer)), head.sequence])];
  foldedAt.sort((one, other) => one - other);
  if (foldedAt[0] !== stateAt) throw damaged(head, 'points before its own state');

  const wanted = [...new Set([...foldedAt, membersAt])].filter((sequence) => sequence !== head.sequence);
  const found = new Map<number, StoredDecision | null>([[head.sequence, head]]);
  for (const [i, read] of (await readMany(wanted)).entries()) found.set(wanted[i]!, read);
  for (const read of found.values()) {
    if (read !== null && read.subject !== head.subject)
      throw damaged(head, "points at another subject's decision");
  }
  return {
    head,
    decisions: foldedAt.map((sequence) => found.get(sequence) ?? null).filter((read) => read !== null),
    membersFrom: membersFrom(head, found.get(membersAt) ?? null),
    missing: [...found]
      .filter(([, read]) => read === null)
      .map(([sequence]) => sequence)
      .toSorted((a, b) => a - b),
  };
}

function pointed(head: StoredDecision, pointer: number): number {
  const sequence = resolvePointer(pointer, head.sequence);
  if (sequence < 1 || sequence > head.sequence) throw damaged(head, 'points outside of the stream before it');
  return sequence;
}

/** Aggregates without members point at themselves and carry no list. */
function membersFrom(head: StoredDecision, named: StoredDecision | null): StoredDecision | null {
  if (named === null || named.decision.members !== undefined) return named;
  if (named.sequence === head.sequence) return null;
  throw damaged(head, 'points for its members at a decision that carries none');
}

function damaged({ stream, sequence }: StoredDecision, what: string): StoreDamaged {
  return new StoreDamaged(`${stream} ${sequence} ${what}`);
}
