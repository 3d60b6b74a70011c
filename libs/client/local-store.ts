/** A record's value: what JSON can say, null excepted. */
export type StoredValue = object | string | number | boolean;

/** Changes by key; null removes. */
export type StoredChanges = ReadonlyMap<string, StoredValue | null>;

/** Keys from `from` (inclusive) to `before` (exclusive), by code units. */
export interface KeyRange {
  readonly from: string;
  readonly before: string;
}

/** All keys that begin with this prefix: `~` is beyond what keys consist of. */
export const keysUnder = (prefix: string): KeyRange => ({ from: prefix, before: `${prefix}~` });

/**
 * Where a device keeps what must survive a restart: its folded state, its place in the log, and what waits to be sent.
 * Keys are slash-separated ASCII below `~` (`sync`, `chat/<id>`, `message/<chat>/<seq, padded>`, `outbox/<id>`).
 *
 * Atomicity: a commit is stored as a whole or not at all, whatever ends the process or the machine. Order: commits are
 * stored in the order they are called, and a load sees the commits called before it. Durability: when the promise
 * resolves. Errors: a rejected commit stored nothing. One process at a time uses a store.
 */
export interface LocalStore {
  /** The records of these keys, ascending by key; without a range every record. Cost: of what is returned, not of all. */
  load(range?: KeyRange): Promise<ReadonlyMap<string, StoredValue>>;
  commit(changes: StoredChanges): Promise<void>;
  close(): Promise<void>;
}

/** Forgets with the process. Values are copied, as any other store does. */
export class MemoryStore implements LocalStore {
  readonly #records = new Map<string, string>();

  load({ from, before }: KeyRange = keysUnder('')): Promise<ReadonlyMap<string, StoredValue>> {
    const keys = [...this.#records.keys()].filter((key) => from <= key && key < before).sort();
    return Promise.resolve(
      new Map(keys.map((key) => [key, JSON.parse(this.#records.get(key)!) as StoredValue])),
    );
  }

  async commit(changes: StoredChanges): Promise<void> {
    const entries = [...changes].map(
      ([key, value]) => [key, value === null ? null : JSON.stringify(value)] as const,
    );
    for (const [key, json] of entries) {
      if (json === null) this.#records.delete(key);
      else this.#records.set(key, json);
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
