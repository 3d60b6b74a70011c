import type { Environment } from '../environment.js';
import type { KeyRange, LocalStore, StoredChanges, StoredValue } from '../local-store.js';

/** How long a commit takes at most. */
const commit_ms_max = 40;

/** A store whose commits take their time; with an environment that has stopped they do not happen any more. */
export class SlowStore implements LocalStore {
  #last: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: LocalStore,
    private readonly environment: Pick<Environment, 'after' | 'random'>,
  ) {}

  async load(range?: KeyRange): Promise<ReadonlyMap<string, StoredValue>> {
    await this.#last;
    return this.store.load(range);
  }

  commit(changes: StoredChanges): Promise<void> {
    const values = structuredClone(changes);
    this.#last = this.#last.then(async () => {
      const ms = this.environment.random() * commit_ms_max;
      await new Promise<void>((resolve) => this.environment.after(ms, resolve));
      return this.store.commit(values);
    });
    return this.#last;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
