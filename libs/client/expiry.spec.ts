import { expect, test } from 'vitest';
import { Expiry } from './expiry.js';
import { ServerClock } from './server-clock.js';
import { VirtualEnvironment } from './testing/virtual-environment.js';

/** Seen failing: without `look` after each forgetting, and without the bound on the wait. */
test('looks at each time in its turn, by the server’s clock, and again when something earlier comes', async () => {
  const environment = new VirtualEnvironment(1);
  const clock = new ServerClock(environment);
  clock.observe(environment.nowMs() + 5_000);
  const due = new Set<number>();
  const forgotten: number[] = [];
  const replica = {
    get nextDueMs() {
      return Math.min(Infinity, ...due);
    },
    forgetDue: async (nowMs: number) => {
      const past = [...due].filter((at) => at <= nowMs);
      for (const at of past) due.delete(at);
      forgotten.push(...past);
      return new Set(past.map(String));
    },
  };
  const told: string[] = [];
  const expiry = new Expiry({
    environment,
    clock,
    replica,
    onForgotten: (ids) => void told.push(...ids),
    onError: () => undefined,
  });
  const start = clock.nowMs();
  expiry.look();
  expect(environment.timers).toBe(0);
  due.add(start + 3 * 3_600_000);
  expiry.look();
  due.add(start + 1_000);
  expiry.look();
  expect(environment.timers).toBe(1);
  await environment.pass(999);
  expect(forgotten).toEqual([]);
  await environment.pass(1);
  expect(forgotten).toEqual([start + 1_000]);
  await environment.pass(3 * 3_600_000 - 1_001);
  expect(forgotten).toHaveLength(1);
  await environment.pass(1);
  expect(told).toEqual([start + 1_000, start + 3 * 3_600_000].map(String));
  due.add(clock.nowMs() + 1);
  expiry.look();
  expiry.stop();
  expect(environment.timers).toBe(0);
});
