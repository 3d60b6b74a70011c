import type { UserLog } from '#streams/user-log.js';

/** Meanwhile a stream grows by less than what makes a difference to a distance. */
const end_cache_ms = 1_000;

/** Where USER streams ended a moment ago: enough to tell near from far, at a request a second and stream at most. */
export class StreamEnds {
  private readonly known = new Map<string, { readonly end: Promise<number>; readonly untilMs: number }>();

  constructor(private readonly log: Pick<UserLog, 'lastSequence'>) {}

  /** Throws StoreUnavailable. */
  endOf(stream: string): Promise<number> {
    const known = this.known.get(stream);
    if (known && known.untilMs > performance.now()) return known.end;
    const end = this.log.lastSequence(stream);
    this.known.set(stream, { end, untilMs: performance.now() + end_cache_ms });
    end.catch(() => this.known.delete(stream));
    return end;
  }
}
