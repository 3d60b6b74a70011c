import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { randomOf, seededRandom, type Random } from '../support/random.js';
import { advance, SimulatedGateway, times } from './simulated-gateway.js';

const runs = 250;
const steps = 60;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('whatever servers and sockets do, every device is sent its log one by one, and in the end all of it', async () => {
  const { seed } = seededRandom('live push');
  for (let run = 0; run < runs; run++) {
    const random = randomOf(seed + run);
    const gateway = new SimulatedGateway(random, 1 + random.integer(3));
    for (let step = 0; step < steps; step++) {
      happen(gateway, random);
      await advance(random.pick([0, 1, 10, 50, 300, 1_200]));
    }
    await comeToRest(gateway);
    const of = `ODNIX_SEED=${seed + run}`;
    expect(
      gateway.devices.flatMap(({ wrong }) => wrong),
      of,
    ).toEqual([]);
    expect(
      gateway.devices.map(({ local, isCaughtUp }) => ({ local, isCaughtUp })),
      of,
    ).toEqual(gateway.devices.map(() => ({ local: gateway.head, isCaughtUp: true })));
    for (const device of gateway.devices) device.disconnect();
    await advance(10);
    expect(gateway.subscribers.size, `${of}: nobody is subscribed for`).toBe(0);
    gateway.close();
  }
});

function happen(gateway: SimulatedGateway, random: Random): void {
  const device = random.pick(gateway.devices);
  switch (random.integer(8)) {
    case 0:
    case 1:
    case 2:
      return gateway.append(1 + random.integer(4));
    case 3:
      return gateway.takeOver();
    case 4:
      return device.isConnected ? device.disconnect() : void device.connect();
    case 5:
      return device.isConnected ? undefined : void device.connect();
    default:
      return device.stall(random.integer(2) === 0);
  }
}

/** Nothing is lost any more; what was lost before shows at the next regular look at the heads. */
async function comeToRest(gateway: SimulatedGateway): Promise<void> {
  gateway.isHealthy = true;
  for (const device of gateway.devices) {
    device.stall(false);
    if (!device.isConnected) void device.connect();
  }
  await advance(times.head_check_ms + times.too_slow_ms);
}
