import {
  keysUnder,
  type KeyRange,
  type LocalStore,
  type StoredChanges,
  type StoredValue,
} from '../local-store.js';
import { StoreInUseError } from '../store-in-use-error.js';
import { takeLock, type HeldLock } from './held-lock.js';

/** A tab that is being reloaded or closed gives its store back within this time. */
const in_use_wait_ms = 2_000;

const schema_version = 1;
const records = 'records';

export interface OpenOptions {
  /** How long to wait for another tab to let go of the store; Infinity: until it does. By default 2 s. */
  readonly waitMs?: number;
}

/**
 * A LocalStore in a browser's IndexedDB: a commit is one transaction, on the disk when it resolves (`durability:
 * 'strict'`); one that the browser refuses, for want of space say, stored nothing. One tab at a time has the store, by a
 * Web Lock of its name, which ends with the tab however it ends.
 *
 * Values are kept as JSON text: what is no JSON is refused before anything is written, in every store alike.
 */
export class IndexedDbStore implements LocalStore {
  private constructor(
    private readonly database: IDBDatabase,
    private readonly lock: HeldLock,
  ) {}

  /** Throws StoreInUseError when another tab of this origin has it. */
  static async open(name: string, { waitMs = in_use_wait_ms }: OpenOptions = {}): Promise<IndexedDbStore> {
    const lock = await lockOf(name, waitMs);
    try {
      return new IndexedDbStore(await openDatabase(name), lock);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /** For signing out: everything the store held is gone when this resolves. Throws StoreInUseError while it is open. */
  static async delete(name: string): Promise<void> {
    const lock = await lockOf(name, 0);
    try {
      await outcome(indexedDB.deleteDatabase(name));
    } finally {
      lock.release();
    }
  }

  async load({ from, before }: KeyRange = keysUnder('')): Promise<ReadonlyMap<string, StoredValue>> {
    // A range that ends before it begins is empty here, and an error in IndexedDB.
    if (before <= from) return new Map();
    const store = this.database.transaction(records, 'readonly').objectStore(records);
    const range = IDBKeyRange.bound(from, before, false, true);
    const [keys, texts] = await Promise.all([
      outcome(store.getAllKeys(range)),
      outcome<string[]>(store.getAll(range)),
    ]);
    return new Map(keys.map((key, at) => [String(key), JSON.parse(texts[at]!) as StoredValue]));
  }

  /** Transactions that may write run one after the other, in the order they were made in: that of the calls. */
  async commit(changes: StoredChanges): Promise<void> {
    const entries = [...changes].map(
      ([key, value]) => [key, value === null ? null : JSON.stringify(value)] as const,
    );
    const transaction = this.database.transaction(records, 'readwrite', { durability: 'strict' });
    const store = transaction.objectStore(records);
    for (const [key, text] of entries) {
      if (text === null) store.delete(key);
      else store.put(text, key);
    }
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new DOMException('Not stored.', 'AbortError'));
    });
  }

  /** Commits under way are stored all the same, and whoever opens the store next sees them. */
  close(): Promise<void> {
    this.database.close();
    this.lock.release();
    return Promise.resolve();
  }
}

async function lockOf(name: string, waitMs: number): Promise<HeldLock> {
  const lock = await takeLock(`odnix-store:${name}`, waitMs);
  if (lock === null) throw new StoreInUseError(`${name} is in use by another tab.`);
  return lock;
}

function openDatabase(name: string): Promise<IDBDatabase> {
  const opening = indexedDB.open(name, schema_version);
  opening.onupgradeneeded = ({ oldVersion }) => {
    // Version by version: a store of any earlier one becomes one of this.
    if (oldVersion < 1) opening.result.createObjectStore(records);
  };
  return outcome(opening);
}

function outcome<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error as DOMException);
  });
}
