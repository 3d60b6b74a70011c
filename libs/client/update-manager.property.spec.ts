import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { UpdateNotification } from '#domain/user-log/update.js';
import { client, held, reconnect, SimulatedServer, whole } from './testing/simulated-log.js';
import { VirtualEnvironment } from './testing/virtual-environment.js';
import { hold_ms } from './update-manager.js';

/**
 * Broken on purpose to see it fail: the highest announced pts not kept (a hole that nobody asks for); whatever is ahead of
 * the local pts applied at once (a hole applied).
 */
test('however notifications are lost, doubled and mixed up, the local log ends as the server has it', async () => {
  const seed = Number(process.env['ODNIX_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`update manager: ODNIX_SEED=${seed}`);
  const settings = { numRuns: 60, seed };
  const chance = (max: number) => fc.double({ min: 0, max, noNaN: true });
  const worlds = fc.record({
    random: fc.integer(),
    updates: fc.integer({ min: 1, max: 60 }),
    lost: chance(0.5),
    doubled: chance(0.5),
    late: chance(0.5),
    failing: chance(0.4),
    tooLong: chance(0.2),
    dropped: chance(0.05),
  });
  await fc.assert(fc.asyncProperty(worlds, runWorld), settings);
});

interface World {
  random: number;
  updates: number;
  lost: number;
  doubled: number;
  late: number;
  failing: number;
  tooLong: number;
  dropped: number;
}

async function runWorld(world: World): Promise<void> {
  const environment = new VirtualEnvironment(world.random);
  const happens = (chance: number): boolean => environment.random() < chance;
  const server = new SimulatedServer(environment);
  const device = client(server, environment, {
    failing: () => happens(world.failing),
    tooLong: () => happens(world.tooLong),
  });
  const deliver = (notification: UpdateNotification): void => {
    if (happens(world.lost)) return;
    const delayMs = happens(world.late) ? environment.random() * 2 * hold_ms : 0;
    environment.after(delayMs, () => device.manager.receive(notification));
    if (happens(world.doubled)) environment.after(delayMs * 2, () => device.manager.receive(notification));
  };
  for (let count = 0; count < world.updates; count++) {
    if (happens(world.dropped)) reconnect(device, server);
    deliver(server.append());
    await environment.pass(environment.random() * 100);
  }
  await environment.pass(10_000);
  // The end is told either by a new session or by one more update that arrives.
  if (happens(0.5)) reconnect(device, server);
  else device.manager.receive(server.append());
  await environment.pass(600_000);
  expect(held(device)).toEqual(whole(device, server));
  expect(device.seen.filter((line) => !line.startsWith('caught up'))).toEqual([]);
}
