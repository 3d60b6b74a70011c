/** Who may read at the same time. Seen failing with slices of one user read at once, near and far. */
import { expect, test } from 'vitest';
import { CatchUp } from './catch-up.js';
import { logStart } from './log-position.js';

const asked_count = 20;

/** Reads that end only when they are told to; how many are under way. */
function stalled(isFar: boolean) {
  const ends: (() => void)[] = [];
  const users: string[] = [];
  const after = async (userId: string) => {
    users.push(userId);
    await new Promise<void>((resolve) => ends.push(resolve));
    return { entries: [], more: false, referredTo: new Map() };
  };
  const entries = { isFar: async () => isFar, after };
  const tombstones = { of: async () => new Map() };
  const catchUp = new CatchUp(null as never, entries as never, null as never, tombstones as never);
  const read = (userId: string) => catchUp.updatesAfter(userId, logStart, 100);
  return { ends, users, read };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test.for([false, true])(
  'one user’s slices are read one after the other, and others’ beside them; far: %s',
  async (isFar) => {
    const { ends, users, read } = stalled(isFar);
    const flood = Array.from({ length: asked_count }, () => read('flooding'));
    const other = read('other');
    await settled();
    expect(users).toEqual(['flooding', 'other']);
    ends[1]!();
    await other;
    for (let at = 0; at < asked_count; at++) {
      while (ends[at === 0 ? 0 : at + 1] === undefined) await settled();
      ends[at === 0 ? 0 : at + 1]!();
    }
    await Promise.all(flood);
    expect(users.length).toBe(asked_count + 1);
  },
);
