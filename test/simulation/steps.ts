/** Random things that people do in three chats, as plain numbers: they become commands where they are carried out. */
import fc from 'fast-check';

export const people = ['anna', 'ben', 'cleo', 'dan', 'eva'] as const;
export type Person = (typeof people)[number];
export const chatIds = ['group-0', 'group-1', 'direct-0'] as const;

const doings = [
  'create',
  'add',
  'remove',
  'leave',
  'send',
  'edit',
  'delete',
  'react',
  'read',
  'anchor',
] as const;

export interface Step {
  readonly doing: (typeof doings)[number];
  readonly who: Person;
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
  doing: fc.oneof(
    { weight: 6, arbitrary: fc.constant('send' as const) },
    { weight: 9, arbitrary: fc.constantFrom(...doings) },
  ),
  who: fc.constantFrom(...people),
  whom: fc.constantFrom(...people),
  pick: fc.nat(60),
  at_ms: fc.integer({ min: 1_000, max: 2_000 }),
});

const batch: fc.Arbitrary<Batch> = fc.record({
  chat: fc.constantFrom(...chatIds),
  steps: fc.array(step, { minLength: 1, maxLength: 6 }),
});

const creation: readonly Batch[] = chatIds.map((chat) => ({
  chat,
  steps: [{ doing: 'create', who: 'anna', whom: 'ben', pick: 0, at_ms: 1_000 }],
}));

/** Long enough that every chat passes the 31 decisions between two whole states more than once. */
export const batches: fc.Arbitrary<readonly Batch[]> = fc
  .array(batch, { minLength: 30, maxLength: 80, size: 'max' })
  .map((some) => [...creation, ...some]);
