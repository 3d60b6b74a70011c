/**
 * A crowd at the door. Seen failing with the gate left out (everybody at once), with `inside` not counted down (nobody after
 * the first crowd), and with a fixed `retry_after_ms`.
 */
import { expect, test } from 'vitest';
import { Refusal } from '#protocol/refusal.js';
import { randomOf } from '../../test/support/random.js';
import { Admission } from './admission.js';

const limits = { running_max: 3, waiting_max: 5, retry_after_ms: 1_000 };

/** Work that ends when it is told to, and how much of it there is at a time. */
class Crowd {
  readonly admission = new Admission(limits, () => this.random.integer(1_000) / 1_000);
  readonly order: number[] = [];
  readonly refusals: Refusal[] = [];
  running = 0;
  most = 0;
  private readonly random = randomOf(1);
  private readonly ends: (() => void)[] = [];

  async come(name: number): Promise<void> {
    const work = async () => {
      this.order.push(name);
      this.running += 1;
      this.most = Math.max(this.most, this.running);
      await new Promise<void>((resolve) => this.ends.push(resolve));
      this.running -= 1;
    };
    await this.admission.run(work).catch((error: unknown) => this.refusals.push(error as Refusal));
  }

  endOne(): boolean {
    const end = this.ends.shift();
    end?.();
    return end !== undefined;
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('more than it has room for: never more than that at a time, in order; the rest is told to come again', async () => {
  const crowd = new Crowd();
  const all = Array.from({ length: 20 }, (_, name) => crowd.come(name));
  await settled();
  expect(crowd.running).toBe(limits.running_max);
  const waits = crowd.refusals.map(({ error }) => error.retry_after_ms!);
  expect(waits).toHaveLength(20 - limits.running_max - limits.waiting_max);
  for (const wait of waits) expect(wait >= 1_000 && wait <= 2_000).toBe(true);
  expect(new Set(waits).size).toBeGreaterThan(waits.length / 2);
  expect(crowd.refusals[0]!.error).toMatchObject({ code: 'BUSY', retryable: true });
  while (crowd.endOne()) await settled();
  await Promise.all(all);
  expect(crowd.order).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(crowd.most).toBe(limits.running_max);
});

test('who comes again is served in the end', async () => {
  const crowd = new Crowd();
  for (let left = 100; left > 0; left = crowd.refusals.splice(0).length) {
    const comers = Array.from({ length: left }, (_, name) => crowd.come(name));
    await settled();
    while (crowd.endOne()) await settled();
    await Promise.all(comers);
  }
  expect(crowd.order).toHaveLength(100);
  expect(crowd.most).toBe(limits.running_max);
});

test('what fails gives its place back', async () => {
  const admission = new Admission({ running_max: 1, waiting_max: 0, retry_after_ms: 1 });
  await expect(admission.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await admission.run(() => Promise.resolve(1))).toBe(1);
});
