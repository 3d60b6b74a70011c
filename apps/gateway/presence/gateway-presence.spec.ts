/**
 * What a gateway writes when it is new, and after it was cut off. Seen failing with entries written before the first beat, with a
 * gateway that asserts nothing after it was silent, and with one that asserts its users once only.
 */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  SimulatedPresenceStore,
  type SimulatedProcess,
} from '../../../test/simulation/simulated-presence-store.js';
import { randomOf } from '../../../test/support/random.js';
import { gatewayTimes } from '../limits.js';
import { GatewayPresence } from './gateway-presence.js';

const user = '0198c5a0-0000-7000-8000-000000000001';
const life_ms = gatewayTimes.offline_after_ms;
const beat_ms = life_ms / 6;
let store: SimulatedPresenceStore;
const opened: GatewayPresence[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  // Beats as regular as clocks.
  vi.spyOn(Math, 'random').mockReturnValue(0);
  store = new SimulatedPresenceStore(randomOf(1));
});
afterEach(async () => {
  await Promise.all([...opened.splice(0).map((one) => one.close()), passes(beat_ms)]);
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const passes = (ms: number) => vi.advanceTimersByTimeAsync(ms);

async function gateway() {
  const process: SimulatedProcess = { isDead: false, gateway: '', beatAtMs: 0 };
  const options = { edge: {} as never, times: gatewayTimes, onFailure: () => undefined };
  const opening = GatewayPresence.on(store.for(process), options);
  await passes(beat_ms / 2);
  const presence = await opening;
  opened.push(presence);
  return { process, ...presence, here: presence.here };
}

async function places(): Promise<string[]> {
  const reading = store.for({ isDead: false, gateway: '', beatAtMs: 0 }).entryOf(user);
  await passes(500);
  return Object.keys((await reading).entry.at);
}

test('nothing names a gateway before the others can see that it lives', async () => {
  store.isAway = true;
  const { here, process } = await gateway();
  here.arrive(user);
  store.isAway = false;
  for (let ms = 0; ms < 2 * beat_ms; ms += 500)
    expect([await places(), process.beatAtMs === 0]).not.toEqual([[expect.any(String)], true]);
  expect(await places()).toEqual([process.gateway]);
});

test('one that was cut off for long asserts its users, of whom others have written that they are gone', async () => {
  const [one, other] = [await gateway(), await gateway()];
  one.here.arrive(user);
  await passes(beat_ms);
  one.process.isDead = true;
  await passes(2 * life_ms);
  other.here.arrive(user);
  await passes(beat_ms);
  expect(await places()).toEqual([other.process.gateway]);
  one.process.isDead = false;
  await passes(2 * beat_ms);
  expect((await places()).toSorted()).toEqual([one.process.gateway, other.process.gateway].toSorted());
});

test('and again, for whoever had not read yet that it lives', async () => {
  const [one, other] = [await gateway(), await gateway()];
  one.here.arrive(user);
  await passes(beat_ms);
  one.process.isDead = true;
  await passes(2 * life_ms);
  one.process.isDead = false;
  const before = one.process.beatAtMs;
  while (one.process.beatAtMs === before) await passes(10);
  // It has beaten and asserted, which changed nothing: their entry names it still.
  await passes(700);
  other.here.arrive(user);
  await passes(700);
  expect(await places()).toEqual([other.process.gateway]);
  await passes(life_ms + beat_ms);
  expect((await places()).toSorted()).toEqual([one.process.gateway, other.process.gateway].toSorted());
});
