import { CatalogueError, decodeDecision as readDecision } from '#domain/catalogue.js';
import { StoreDamaged } from './event-store.js';
import type { StoredDecision } from './event-store.js';

export { encodeDecision } from '#domain/catalogue.js';

/** A stored message's place and bytes, from wherever they were read. */
export interface RawDecision {
  readonly sequence: number;
  readonly subject: string;
  readonly data: Uint8Array;
  readonly timeMs: number;
}

/** Today's version of what is stored. Throws `StoreDamaged`, naming the place and the field, never the content. */
export function decodeDecision(
  stream: string,
  { sequence, subject, data, timeMs }: RawDecision,
): StoredDecision {
  try {
    return { stream, subject, sequence, stored_at_ms: timeMs, decision: readDecision(data) };
  } catch (error) {
    if (!(error instanceof CatalogueError)) throw error;
    throw new StoreDamaged(`${stream} ${sequence}: ${error.message}`, { cause: error });
  }
}
