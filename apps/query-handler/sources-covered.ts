import type { UserHead } from '#projections/user-log/position-query.js';
import { isCovered, needsOf, type ProjectionName } from './needs.js';
import { NotCovered, type QueryContext } from './query.js';

/** Throws NotCovered while these projections, of those read, do not show what the user's log tells of already. */
export function assertSourcesCovered(
  { snapshot }: QueryContext,
  { sources }: UserHead,
  projections: readonly ProjectionName[],
): void {
  const needs = needsOf({ projected: sources, logged: {} }, projections, '');
  const loggedTo = () => Infinity;
  const coveredTo = (projection: string, stream: string) => snapshot.coveredTo(projection, stream);
  if (!isCovered(needs, { coveredTo, loggedTo })) throw new NotCovered(needs);
}
