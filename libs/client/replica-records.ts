import { keysUnder, type LocalStore, type StoredValue } from './local-store.js';

/** What of the replica is to be stored again, and what is to go: by key, until the next commit. */
export class ReplicaRecords {
  /** To be stored as they are by then; what is not there any more is removed. */
  #dirty = new Set<string>();
  /** Everything under these goes that is not stored anew. */
  #cleared = new Set<string>();

  constructor(private readonly localStore: LocalStore) {}

  get hasChanges(): boolean {
    return this.#dirty.size > 0 || this.#cleared.size > 0;
  }

  touch(...keys: readonly string[]): void {
    for (const key of keys) this.#dirty.add(key);
  }

  clear(...prefixes: readonly string[]): void {
    for (const prefix of prefixes) this.#cleared.add(prefix);
  }

  /** Whether the store may say something else of this key than the replica. */
  isStale(key: string): boolean {
    return this.#dirty.has(key) || [...this.#cleared].some((prefix) => key.startsWith(prefix));
  }

  /**
   * One commit of all changes up to the moment when it is made: `record` is asked for all of them at that moment, so that
   * they fit together. Resolves, once it is stored, to what `position` said then.
   */
  async store(record: (key: string) => StoredValue | null, position: () => number): Promise<number> {
    const loaded = new Map<string, readonly string[]>();
    for (let prefix = this.#unloaded(loaded); prefix !== undefined; prefix = this.#unloaded(loaded))
      loaded.set(prefix, [...(await this.localStore.load(keysUnder(prefix))).keys()]);
    const [dirty, cleared, pts] = [this.#dirty, this.#cleared, position()];
    const gone = [...cleared].flatMap((prefix) => loaded.get(prefix) ?? []);
    const changes = new Map<string, StoredValue | null>(gone.map((key) => [key, null]));
    for (const key of dirty) changes.set(key, record(key));
    [this.#dirty, this.#cleared] = [new Set(), new Set()];
    try {
      await this.localStore.commit(changes);
    } catch (error) {
      this.touch(...dirty);
      this.clear(...cleared);
      throw error;
    }
    return pts;
  }

  #unloaded(loaded: ReadonlyMap<string, unknown>): string | undefined {
    return [...this.#cleared].find((prefix) => !loaded.has(prefix));
  }
}
