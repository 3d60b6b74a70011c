/** A record's value: what JSON can say, null excepted. */
export type StoredValue = object | string | number | boolean;

/** Changes by key; null removes. */
export type StoredChanges = ReadonlyMap<string, StoredValue | null>;

/**
 * Where a device keeps what must survive a restart: its folded state, its place in the log, and what waits to be sent.
 * Keys are slash-separated (`sync`, `chat/<id>`, `message/<chat>/<seq>`, `outbox/<id>`).
 *
 * Atomicity: a commit is stored as a whole or not at all, whatever ends the process or the machine. Order: commits are
 * stored in the order they are called. Durability: when the promise resolves. Errors: a rejected commit stored nothing.
 * One process at a time uses a store.
 */
export interface LocalStore {
  /** Every record. */
  load(): Promise<ReadonlyMap<string, StoredValue>>;
  commit(changes: StoredChanges): Promise<void>;
  close(): Promise<void>;
}

/** Forgets with the process. Values are copied, as any other store does. */
export class MemoryStore implements LocalStore {
  readonly #records = new Map<string, string>();

  load(): Promise<ReadonlyMap<string, StoredValue>> {
    const entries = [...this.#records].map(([key, json]) => [key, JSON.parse(json) as StoredValue] as const);
    return Promise.resolve(new Map(entries));
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
