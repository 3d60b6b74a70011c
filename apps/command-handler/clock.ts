/** What makes a handler's decisions not pure, handed in so that tests decide it. */
export interface Clock {
  readonly nowMs: () => number;
  /** What keys' ages are told by. */
  readonly keysNowMs: () => number;
  /** A UUIDv7. */
  readonly nextId: () => string;
}

/**
 * The time of day, but never back: a machine's clock that is set back by minutes would make old keys new, for which the
 * store does not vouch any more (docs/adr/0003). What was ahead stays so until the process starts again: then keys look
 * older than they are, which costs a look-up and nothing else.
 */
export function neverBack(wallMs = Date.now, elapsedMs = () => performance.now()): () => number {
  let originMs = -Infinity;
  return () => {
    originMs = Math.max(originMs, wallMs() - elapsedMs());
    return Math.round(originMs + elapsedMs());
  };
}
