import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MemoryStore, type LocalStore } from './local-store.js';
import { localStoreContract } from './testing/local-store.contract.js';
import { FileStore } from './node/file-store.js';
import { StoreInUseError } from './store-in-use-error.js';

let directory: string;
let files = 0;
beforeAll(async () => void (directory = await mkdtemp(join(tmpdir(), 'odnix-client-'))));
afterAll(() => rm(directory, { recursive: true }));

const file = (): string => join(directory, `${files++}.db`);
const stores: Record<string, () => LocalStore> = {
  'in memory': () => new MemoryStore(),
  'in a file': () => new FileStore(file()),
};

describe.each(Object.entries(stores))('a store %s', (_name, open) => {
  test.for(localStoreContract)('$name', async ({ observe, expected }) => {
    const store = open();
    expect(await observe(store)).toEqual(expected);
    await store.close();
  });
});

describe('a store in a file', () => {
  test('is there again after it was closed, and readable by its owner alone', async () => {
    const path = file();
    const store = new FileStore(path);
    await store.commit(new Map([['a', 1]]));
    await store.close();
    const again = new FileStore(path);
    expect(await again.load()).toEqual(new Map([['a', 1]]));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await again.close();
  });

  test('is one process’s at a time', async () => {
    const path = file();
    const store = new FileStore(path);
    expect(() => new FileStore(path)).toThrow(StoreInUseError);
    await store.close();
    await new FileStore(path).close();
  });
});
