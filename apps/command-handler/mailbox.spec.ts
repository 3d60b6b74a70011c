import { expect, test } from 'vitest';
import { Mailbox } from './mailbox.js';

const bounds = { waiting_jobs_max: 4, batch_jobs_max: 3 };

test('one batch at a time, in order of arrival; what comes meanwhile gathers', async () => {
  const batches: number[][] = [];
  const gates: (() => void)[] = [];
  let idle = (): void => undefined;
  const done = new Promise<void>((resolve) => (idle = resolve));
  const serve = (batch: readonly number[]) => {
    batches.push([...batch]);
    return new Promise<void>((resolve) => gates.push(resolve));
  };
  const mailbox = new Mailbox<number>(bounds, serve, idle);
  expect(mailbox.post([1])).toBe(true);
  await served(1);
  expect(mailbox.post([2, 3])).toBe(true);
  expect(mailbox.post([4, 5])).toBe(true);
  expect(mailbox.post([6])).toBe(false);
  for (let batch = 1; batch <= 3; batch++) {
    await served(batch);
    expect(batches).toHaveLength(batch);
    gates[batch - 1]!();
  }
  await done;
  expect(batches).toEqual([[1], [2, 3, 4], [5]]);

  async function served(count: number): Promise<void> {
    while (gates.length < count) await new Promise((resolve) => setImmediate(resolve));
  }
});
