import { chmodSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import {
  keysUnder,
  type KeyRange,
  type LocalStore,
  type StoredChanges,
  type StoredValue,
} from '../local-store.js';
import { StoreInUseError } from '../store-in-use-error.js';

/**
 * A LocalStore in one file (SQLite, which is part of Node): a commit is a transaction, synced to the disk. The file is
 * locked for as long as the store is open, and readable by its owner alone, since it holds people's words.
 */
export class FileStore implements LocalStore {
  readonly #database: DatabaseSync;

  /** Throws StoreInUseError when another process has it. */
  constructor(path: string) {
    this.#database = new DatabaseSync(path);
    try {
      chmodSync(path, 0o600);
      this.#database.exec('pragma locking_mode = exclusive; pragma synchronous = full;');
      this.#database.exec('create table if not exists records (key text primary key, value text not null)');
      // The lock is taken by the first write, and kept.
      this.#database.exec('begin exclusive; commit');
    } catch (error) {
      this.#database.close();
      throw isLocked(error) ? new StoreInUseError(`${path} is in use by another process.`) : error;
    }
  }

  load({ from, before }: KeyRange = keysUnder('')): Promise<ReadonlyMap<string, StoredValue>> {
    const rows = this.#database
      .prepare('select key, value from records where key >= ? and key < ? order by key')
      .all(from, before);
    return Promise.resolve(
      new Map(rows.map(({ key, value }) => [String(key), JSON.parse(String(value)) as StoredValue])),
    );
  }

  commit(changes: StoredChanges): Promise<void> {
    try {
      this.#write(changes);
      return Promise.resolve();
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  close(): Promise<void> {
    if (this.#database.isOpen) this.#database.close();
    return Promise.resolve();
  }

  #write(changes: StoredChanges): void {
    const put = this.#database.prepare('insert or replace into records (key, value) values (?, ?)');
    const remove = this.#database.prepare('delete from records where key = ?');
    this.#database.exec('begin');
    try {
      for (const [key, value] of changes) {
        if (value === null) remove.run(key);
        else put.run(key, JSON.stringify(value));
      }
      this.#database.exec('commit');
    } catch (error) {
      this.#database.exec('rollback');
      throw error;
    }
  }
}

const sqlite_busy = 5;

function isLocked(error: unknown): boolean {
  return (error as { errcode?: number }).errcode === sqlite_busy;
}
