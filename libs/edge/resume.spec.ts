/** Seen failing with a place asked for as if nothing had been seen: a read model that gathers has no such row yet. */
import { expect, test } from 'vitest';
import { Resume } from './resume.js';

test('the place of a pts is asked of a read model that shows the log as far as its head', async () => {
  const source = { stream: 'CHAT_1', sequence: 77, index: 0 };
  const head = { pts: 9, sequence: 90, hash: 'AAAA', dateMs: 1, source };
  const entry = { pts: 8, hash: 'AAAA', date_ms: 1, source };
  const reader = { headFor: async () => head, entryAt: async () => ({ sequence: 80, entry }) };
  const asked: unknown[] = [];
  const ask = {
    query: async (method: string, { seen }: { seen: unknown }) => {
      asked.push([method, seen]);
      return { result: { sequence: 80 } };
    },
  };
  const resume = new Resume(reader as never, {} as never, {} as never, ask as never);
  const identity = { user_id: 'u', device_id: 'd' };
  expect(await resume.fromPts(identity, 8)).toMatchObject({ pts: 8, sequence: 80 });
  expect(asked).toEqual([['log.position', { projected: {}, logged: { CHAT_1: 77 } }]]);
  await resume.fromPts(identity, 9);
  expect(asked).toHaveLength(1);
});
