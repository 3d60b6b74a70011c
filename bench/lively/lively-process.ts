/** A process that is some hundreds of people. It ends with the bench. */
import { setTimeout as pause } from 'node:timers/promises';
import { randomOf } from '../../test/support/random.js';
import { inLanes } from '../support/lanes.js';
import { Life } from './life.js';
import type { Lived, LivelyOrder, LivelyRequest } from './orders.js';
import { Person } from './person.js';

const connecting_at_once = 48;
/** Random numbers are made of so many steps from 0 to 1. */
const steps = 2 ** 30;

const life = new Life();

process.on('message', async (request: LivelyRequest) => {
  try {
    process.send!({ done: await carriedOut(request) });
  } catch (error) {
    process.send!({ failed: String(error) });
  }
});
process.on('disconnect', () => process.exit());

/** People who come join those who are there. */
async function carriedOut(request: LivelyRequest): Promise<Lived | null> {
  if ('people' in request) await come(request);
  else {
    life.take();
    await pause(request.for_s * 1_000);
    return life.take();
  }
  return null;
}

async function come({ people: coming, seed, ...pace }: LivelyOrder): Promise<void> {
  const { integer } = randomOf(seed);
  const random = () => integer(steps) / steps;
  await inLanes(connecting_at_once, coming.length, async (index) => {
    await new Person(coming[index]!, pace, life, random).begin();
  });
}
