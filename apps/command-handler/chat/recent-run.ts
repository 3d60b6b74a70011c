import type { MessageIdentity } from '#domain/chat/events.js';
import type { ChatDecision } from '#domain/chat/state.js';
import type { LoadedAggregate } from '#streams/event-store.js';

/** What is remembered of a decision: who asked for what, and what came of it; not the state beside it. */
export type RecentDecision = Pick<
  ChatDecision,
  'decision_id' | 'meta' | 'request' | 'header' | 'state' | 'events'
> & {
  readonly sequence: number;
  /** About what it costs to remember it. */
  readonly bytes: number;
};

/**
 * A chat's latest decisions, oldest first, up to its head. Every decision of the chat at `completeFrom` or later is in
 * it: what a read model knew at a position, plus the run after it, is exact as of the head (docs/adr/0003).
 */
export interface RecentRun {
  readonly completeFrom: number;
  readonly decisions: readonly RecentDecision[];
}

const recent_decisions_max = 256;

/** Of a chat without decisions. */
export const emptyRun: RecentRun = { completeFrom: 0, decisions: [] };

export function runOf(loaded: LoadedAggregate<ChatDecision>): RecentRun {
  const decisions = loaded.decisions.map(({ sequence, decision }) => recentOf(sequence, decision));
  const first = decisions[0];
  const isWhole = first?.events[0]?.type === 'ChatCreated';
  return { completeFrom: isWhole ? 0 : (first?.sequence ?? loaded.head.sequence + 1), decisions };
}

/** The run with what was appended right after its head; the oldest leave when it is full. */
export function extendedRun(run: RecentRun, appended: readonly RecentDecision[]): RecentRun {
  const all = [...run.decisions, ...appended];
  const dropped = all.length - recent_decisions_max;
  if (dropped <= 0) return { completeFrom: run.completeFrom, decisions: all };
  const decisions = all.slice(dropped);
  return { completeFrom: all[dropped - 1]!.sequence + 1, decisions };
}

/** What was known and what was loaded now, as one run where they meet. */
export function joinedRun(known: RecentRun, loaded: RecentRun): RecentRun {
  const meetsAt = known.decisions.at(-1)?.sequence;
  const isWithin = meetsAt !== undefined && loaded.decisions.some(({ sequence }) => sequence === meetsAt);
  if (!isWithin) return loaded;
  return extendedRun(
    known,
    loaded.decisions.filter(({ sequence }) => sequence > meetsAt),
  );
}

/** Whether what a read model knew at `position`, with this run, leaves no gap. */
export const covers = (run: RecentRun, position: number): boolean => run.completeFrom <= position + 1;

/** The decision that this user's key stands for, if the run holds it. */
export function findByKey(run: RecentRun, userId: string, key: string): RecentDecision | undefined {
  return run.decisions.findLast(({ request, meta }) => request?.id === key && meta.actor.user_id === userId);
}

/** Of the message that was sent with this key: what a decision that deleted it keeps of it. */
export function tombstoneIn({ events }: RecentDecision, key: string): MessageIdentity | undefined {
  for (const event of events) {
    if (event.type === 'Tombstoned' && event.data.message.client_msg_id === key) return event.data.message;
  }
  return undefined;
}

export function recentOf(sequence: number, decision: ChatDecision): RecentDecision {
  const { members: _members, format: _format, ...kept } = decision;
  return { ...kept, sequence, bytes: JSON.stringify(decision.events).length * 2 };
}
