/** Random things that people do in three chats, as plain numbers: they become commands where they are carried out. */
import fc from 'fast-check';

export const people = ['anna', 'ben', 'cleo', 'dan', 'eva'] as const;
export type Person = (typeof people)[number];
export const chatIds = ['group-0', 'group-1', 'direct-0'] as const;

/** How often each is done. Leaving empties chats, so it is rare, and adding is not. */
const doings = {
  create: 1,
  add: 4,
  remove: 1,
  leave: 1,
  update: 3,
  role: 2,
  ban: 1,
  unban: 1,
  send: 8,
  edit: 5,
  delete: 2,
  react: 6,
  read: 1,
  call: 2,
  answer: 2,
  hangUp: 1,
  anchor: 1,
} as const;

export interface Step {
  readonly doing: keyof typeof doings;
  readonly who: Person;
  /** Somebody else does it, if this one is no member: most steps should lead to something. */
  readonly byMember: boolean;
  readonly whom: Person;
  /** Picks a message or a reaction. */
  readonly pick: number;
  /** May lie before the last one: clocks differ. */
  readonly at_ms: number;
}

/** Steps on one chat that are appended together. */
export interface Batch {
  readonly chat: (typeof chatIds)[number];
  readonly steps: readonly Step[];
}

const step: fc.Arbitrary<Step> = fc.record({
  doing: fc.constantFrom(
    ...Object.entries(doings).flatMap(([doing, often]) => Array<string>(often).fill(doing)),
  ) as fc.Arbitrary<Step['doing']>,
  who: fc.constantFrom(...people),
  byMember: fc.oneof(
    { weight: 9, arbitrary: fc.constant(true) },
    { weight: 1, arbitrary: fc.constant(false) },
  ),
  whom: fc.constantFrom(...people),
  pick: fc.nat(60),
  at_ms: fc.integer({ min: 1_000, max: 2_000 }),
});

const batch: fc.Arbitrary<Batch> = fc.record({
  chat: fc.constantFrom('group-0', ...chatIds),
  steps: fc.array(step, { minLength: 1, maxLength: 6, size: 'max' }),
});

const start = (doing: 'create' | 'add', whom: Person): Step => ({
  doing,
  who: 'anna',
  byMember: true,
  whom,
  pick: 0,
  at_ms: 1_000,
});
/** Everybody is in every group to begin with. */
const creation: readonly Batch[] = chatIds.map((chat) => ({
  chat,
  steps: [start('create', 'ben'), ...people.map((person) => start('add', person))],
}));

/** Long enough that the first chat mostly passes the 31 decisions between two whole states. */
export const batches: fc.Arbitrary<readonly Batch[]> = fc
  .array(batch, { minLength: 40, maxLength: 90, size: 'max' })
  .map((some) => [...creation, ...some]);
