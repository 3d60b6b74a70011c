/**
 * What a runner does about an error. What the message itself or the code seems to cause is tried again a few times, because a
 * lagging replica or a torn read looks the same, and then stops the runner; whatever a server causes is waited out.
 */
import { CatalogueError } from '#domain/catalogue.js';
import { AssertionError } from '#domain/kernel/assert.js';
import { StoreDamaged } from '#streams/event-store.js';

/** SQLSTATE classes that tell of the data or of the statement itself: 22 data, 23 constraint, 42 syntax and access. */
const permanent_classes = ['22', '23', '42'];
/** No such table, no right to it, no such build: whoever makes or drops a build is at it, or has not come to it yet. */
const mended_by_setup = ['42P01', '42501', '23503', '3F000'];

export function isPermanent(error: unknown): boolean {
  if (error instanceof CatalogueError || error instanceof AssertionError || error instanceof StoreDamaged) {
    return true;
  }
  const state = sqlState(error);
  if (state === undefined || mended_by_setup.includes(state)) return false;
  return permanent_classes.includes(state.slice(0, 2));
}

/** For logs: Postgres quotes values in its messages, so of its errors only the code is told. */
export function describe(error: unknown): string {
  const state = sqlState(error);
  if (state !== undefined) return `Postgres answered ${state}`;
  return error instanceof Error ? `${error.name}: ${error.message}` : 'unknown error';
}

function sqlState(error: unknown): string | undefined {
  const { code, severity } = (error ?? {}) as { code?: unknown; severity?: unknown };
  return typeof code === 'string' && typeof severity === 'string' ? code : undefined;
}
