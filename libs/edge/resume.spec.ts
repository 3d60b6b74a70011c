/**
 * Seen failing with a place asked for as if nothing had been seen (a read model that gathers has no such row yet), and with every
 * place asked of a read model that shows the head (of one that is far behind nothing old would be found).
 */
import { expect, test } from 'vitest';
import { nothingSeen } from '#streams/requests.js';
import { Resume } from './resume.js';

const source = { stream: 'CHAT_1', sequence: 77, index: 0 };
const head = { pts: 9, sequence: 90, hash: 'AAAA', dateMs: 1, source };
const entry = { pts: 8, hash: 'AAAA', date_ms: 1, source };
const identity = { user_id: 'u', device_id: 'd' };

/** `shows`: where the read model has it, as it is asked the first time and then. */
function resuming(...shows: (number | null)[]) {
  const asked: unknown[] = [];
  const reader = { headFor: async () => head, entryAt: async () => ({ sequence: 80, entry }) };
  const ask = {
    query: async (_method: string, { seen }: { seen: unknown }) => {
      asked.push(seen);
      return { result: { sequence: shows[asked.length - 1]! } };
    },
  };
  return { asked, resume: new Resume(reader as never, {} as never, {} as never, ask as never) };
}

test('the place of a pts is what the read model shows, however far behind the head that is', async () => {
  const { asked, resume } = resuming(80);
  expect(await resume.fromPts(identity, 8)).toMatchObject({ pts: 8, sequence: 80 });
  expect(asked).toEqual([nothingSeen]);
});

test('of one that does not show it yet it is asked again, as far as the head', async () => {
  const { asked, resume } = resuming(null, 80);
  expect(await resume.fromPts(identity, 8)).toMatchObject({ pts: 8, sequence: 80 });
  expect(asked).toEqual([nothingSeen, { projected: {}, logged: { CHAT_1: 77 } }]);
});

test('the head itself needs nobody', async () => {
  const { asked, resume } = resuming();
  expect(await resume.fromPts(identity, 9)).toEqual(head);
  expect(asked).toEqual([]);
});
