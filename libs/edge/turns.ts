/** So much of long work is done before what came meanwhile has its turn: a millisecond or two. */
export const piece_items_max = 64;

/**
 * Long work in small pieces, of all that there is of it one piece a turn of the event loop: what came meanwhile (live pushes,
 * requests, acknowledgements) waits for one piece, however much is to be replayed and for however many.
 */
export class Turns {
  private readonly waiting: (() => void)[] = [];

  /** Resolves at a later turn of the event loop, after what has arrived until then; one caller a turn, in order of arrival. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      if (this.waiting.push(resolve) === 1) setImmediate(this.give);
    });
  }

  /** As the array's own, a piece at a time. */
  async map<T, R>(items: readonly T[], of: (item: T) => R): Promise<R[]> {
    const results: R[] = [];
    for (const [index, item] of items.entries()) {
      if (index > 0 && index % piece_items_max === 0) await this.next();
      results.push(of(item));
    }
    return results;
  }

  private readonly give = (): void => {
    this.waiting.shift()?.();
    if (this.waiting.length > 0) setImmediate(this.give);
  };
}

/** There is one event loop. */
export const turns = new Turns();
