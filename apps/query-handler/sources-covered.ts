import type { UserHead } from '#projections/user-log/position-query.js';
import { isCovered, needsOf } from './needs.js';
import { NotCovered, type QueryContext } from './query.js';

/** Throws NotCovered while other projections do not show what the user's log tells of already. */
export function assertSourcesCovered({ snapshot }: QueryContext, { sources }: UserHead): void {
  const needs = needsOf({ projected: sources, logged: {} }, ['chats', 'accounts'], '');
  const loggedTo = () => Infinity;
  const coveredTo = (projection: string, stream: string) => snapshot.coveredTo(projection, stream);
  if (!isCovered(needs, { coveredTo, loggedTo })) throw new NotCovered(needs);
}
