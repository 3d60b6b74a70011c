import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MemoryStore, type LocalStore } from './local-store.js';
import { FileStore, StoreInUseError } from './node/file-store.js';

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
  test('holds what was committed last, and removes what was set to null', async () => {
    const store = open();
    await store.commit(
      new Map<string, object | number>([
        ['a', { text: 'ä\u2028"' }],
        ['b', 2],
      ]),
    );
    await store.commit(
      new Map<string, number | null>([
        ['b', null],
        ['c', 3],
      ]),
    );
    expect(await store.load()).toEqual(
      new Map<string, unknown>([
        ['a', { text: 'ä\u2028"' }],
        ['c', 3],
      ]),
    );
    await store.close();
  });

  test('is not changed through the values it was given or gave', async () => {
    const store = open();
    const value = { list: [1] };
    await store.commit(new Map([['a', value]]));
    value.list.push(2);
    ((await store.load()).get('a') as { list: number[] }).list.push(3);
    expect((await store.load()).get('a')).toEqual({ list: [1] });
    await store.close();
  });

  test('stores commits in the order of the calls', async () => {
    const store = open();
    await Promise.all([1, 2, 3].map((value) => store.commit(new Map([['a', value]]))));
    expect((await store.load()).get('a')).toBe(3);
    await store.close();
  });

  test('a commit that cannot be stored as a whole stores nothing', async () => {
    const store = open();
    const circular: { self?: unknown } = {};
    circular.self = circular;
    const changes = new Map<string, object | number>([
      ['a', 1],
      ['b', circular],
    ]);
    await expect(store.commit(changes)).rejects.toThrow();
    expect(await store.load()).toEqual(new Map());
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
