import { evolveFacts, seqOf, type MessageFacts } from '#domain/chat/index.js';
import type { FoundFacts } from '../read-models.js';
import { covers, type RecentDecision, type RecentRun } from './recent-run.js';

/**
 * The facts of a message as of the chat's head: what the read model knew, overlaid with the run and with what this batch
 * decided before. `unknown` when the run does not reach back to where the read model was.
 */
export function factsAtHead(
  seq: number,
  userId: string,
  found: FoundFacts | undefined,
  run: RecentRun,
  tentative: readonly Pick<RecentDecision, 'events'>[],
): MessageFacts | null | 'unknown' {
  if (!runKnows(run, seq) && (found === undefined || !covers(run, found.position))) return 'unknown';
  let facts = found?.facts.get(seq);
  for (const { events } of [...run.decisions, ...tentative]) {
    for (const event of events) facts = evolveFacts(facts, event, userId, seq);
  }
  return facts ?? null;
}

/** The run holds the message's beginning, so it holds its whole story; or it holds the whole chat's. */
export const runKnows = (run: RecentRun, seq: number): boolean =>
  run.completeFrom === 0 ||
  run.decisions.some(({ events }) =>
    events.some((event) => event.type === 'MessageSent' && seqOf(event) === seq),
  );
