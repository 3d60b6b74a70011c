import { IndexedDbStore } from '#client/browser/indexed-db-store.js';
import { MemoryStore, type LocalStore } from '#client/local-store.js';
import { localStoreContract } from '#client/testing/local-store.contract.js';
import type { StorePage } from '../store-page.js';

let store: LocalStore | null = null;
const opened = (): LocalStore => {
  if (!store) throw new Error('No store is open.');
  return store;
};
/** The name of what it failed with. */
const failure = (work: Promise<unknown>): Promise<string | null> =>
  work.then(
    () => null,
    (error: unknown) => (error as Error).name,
  );

const pageApi: StorePage = {
  observe: async (kind, index) => {
    const fresh = kind === 'memory' ? new MemoryStore() : await IndexedDbStore.open(crypto.randomUUID());
    const observed = await localStoreContract[index]!.observe(fresh);
    await fresh.close();
    return observed;
  },
  open: (name, waitMs) =>
    failure(IndexedDbStore.open(name, waitMs === undefined ? {} : { waitMs }).then((one) => (store = one))),
  close: () => opened().close(),
  commit: (changes) => failure(opened().commit(new Map(Object.entries(changes)))),
  load: async () => [...(await opened().load())],
  delete: (name) => failure(IndexedDbStore.delete(name)),
  databases: async () => (await indexedDB.databases()).map(({ name }) => name ?? ''),
  commitForEver: async () => {
    const { stored } = globalThis as unknown as { stored(count: number): Promise<void> };
    for (let count = 1; ; count++) {
      await opened().commit(
        new Map([
          ['one', count],
          ['other', count],
        ]),
      );
      void stored(count);
    }
  },
};
Object.assign(globalThis, { pageApi });
