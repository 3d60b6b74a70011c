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
  /**
   * By who asked for what. One map along a chat's runs, changed as they go on: an earlier run may find in it what came after it, and
   * miss what left; both are stored decisions, and true for ever.
   */
  readonly byRequest: Map<string, RecentDecision>;
  /** About what it costs to remember all of them. */
  readonly bytes: number;
}

const recent_decisions_max = 256;

/** Of a chat without decisions. */
export const emptyRun = (): RecentRun => newRun(0, []);

function newRun(completeFrom: number, decisions: readonly RecentDecision[]): RecentRun {
  const byRequest = new Map<string, RecentDecision>();
  for (const decision of decisions) remember(byRequest, decision);
  return { completeFrom, decisions, byRequest, bytes: bytesOf(decisions) };
}

const bytesOf = (decisions: readonly RecentDecision[]): number =>
  decisions.reduce((sum, { bytes }) => sum + bytes, 0);

const byKey = (userId: string | null, key: string) => `${key} ${userId}`;
const byCommand = (userId: string | null, commandId: string) => `${commandId} command ${userId}`;

function requestsOf({ meta: { actor, command_id }, request }: RecentDecision): string[] {
  const command = byCommand(actor.user_id, command_id);
  return request === undefined ? [command] : [command, byKey(actor.user_id, request.id)];
}

function remember(byRequest: Map<string, RecentDecision>, decision: RecentDecision): void {
  for (const request of requestsOf(decision)) byRequest.set(request, decision);
}

function forget(byRequest: Map<string, RecentDecision>, decision: RecentDecision): void {
  for (const request of requestsOf(decision))
    if (byRequest.get(request) === decision) byRequest.delete(request);
}

export function runOf(loaded: LoadedAggregate<ChatDecision>): RecentRun {
  const decisions = loaded.decisions.map(({ sequence, decision }) => recentOf(sequence, decision));
  const first = decisions[0];
  const isWhole = first?.events[0]?.type === 'ChatCreated';
  return newRun(isWhole ? 0 : (first?.sequence ?? loaded.head.sequence + 1), decisions);
}

/** The run with what was appended right after its head; the oldest leave when it is full. */
export function extendedRun(run: RecentRun, appended: readonly RecentDecision[]): RecentRun {
  const { byRequest } = run;
  const all = [...run.decisions, ...appended];
  for (const decision of appended) remember(byRequest, decision);
  const left = all.splice(0, Math.max(0, all.length - recent_decisions_max));
  for (const decision of left) forget(byRequest, decision);
  const completeFrom = left.length === 0 ? run.completeFrom : left.at(-1)!.sequence + 1;
  return {
    completeFrom,
    decisions: all,
    byRequest,
    bytes: run.bytes + bytesOf(appended) - bytesOf(left),
  };
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
export const findByKey = (run: RecentRun, userId: string, key: string): RecentDecision | undefined =>
  run.byRequest.get(byKey(userId, key));

/** The same of a command that has no key. */
export const findByCommand = (
  run: RecentRun,
  userId: string,
  commandId: string,
): RecentDecision | undefined => run.byRequest.get(byCommand(userId, commandId));

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
