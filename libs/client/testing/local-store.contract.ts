import type { LocalStore, StoredChanges, StoredValue } from '../local-store.js';

/**
 * What every LocalStore does, as cases that need no test runner: a spec, or a page in a browser, runs each on a fresh
 * store and compares what `observe` resolves to (JSON) with `expected`.
 */
export interface StoreCase {
  readonly name: string;
  observe(store: LocalStore): Promise<unknown>;
  readonly expected: unknown;
}

const changes = (values: Readonly<Record<string, StoredValue | null>>): StoredChanges =>
  new Map(Object.entries(values));
const entries = async (
  ...load: readonly [LocalStore, ...Parameters<LocalStore['load']>]
): Promise<unknown> => {
  const [store, range] = load;
  return [...(await store.load(range))];
};

export const localStoreContract: readonly StoreCase[] = [
  {
    name: 'holds what was committed last, and removes what was set to null',
    async observe(store) {
      await store.commit(changes({ a: { text: 'ä\u2028"' }, b: 2 }));
      await store.commit(changes({ b: null, c: 'x', d: false }));
      return entries(store);
    },
    expected: [
      ['a', { text: 'ä\u2028"' }],
      ['c', 'x'],
      ['d', false],
    ],
  },
  {
    name: 'gives the keys of a range, from the first up to but without the last, ascending',
    async observe(store) {
      await store.commit(changes({ 'm/b/3': 3, 'm/a/9': 9, 'm/b/1': 1, 'm/b/2': 2, 'm/b0': 0, 'm/c/1': 1 }));
      const ranges = [
        { from: 'm/b/2', before: 'm/b/~' },
        { from: 'm/b/1', before: 'm/b/3' },
        { from: 'm/d/', before: 'm/d/~' },
        { from: 'm/c/1', before: 'm/a/9' },
      ];
      return Promise.all(ranges.map((range) => entries(store, range)));
    },
    expected: [
      [
        ['m/b/2', 2],
        ['m/b/3', 3],
      ],
      [
        ['m/b/1', 1],
        ['m/b/2', 2],
      ],
      [],
      [],
    ],
  },
  {
    name: 'is not changed through the values it was given or gave',
    async observe(store) {
      const value = { list: [1] };
      await store.commit(changes({ a: value }));
      value.list.push(2);
      ((await store.load()).get('a') as { list: number[] }).list.push(3);
      return entries(store);
    },
    expected: [['a', { list: [1] }]],
  },
  {
    name: 'stores commits in the order of the calls, and a load sees those called before it',
    async observe(store) {
      const commits = [1, 2, 3].map((value) => store.commit(changes({ a: value })));
      const seen = entries(store);
      await Promise.all(commits);
      return seen;
    },
    expected: [['a', 3]],
  },
  {
    name: 'a commit that cannot be stored as a whole stores nothing',
    async observe(store) {
      const circular: { self?: unknown } = {};
      circular.self = circular;
      const outcome = await store.commit(changes({ a: 1, b: circular })).then(
        () => 'stored',
        () => 'rejected',
      );
      return [outcome, await entries(store)];
    },
    expected: ['rejected', []],
  },
];
