/** Runs checks against a server, several at a time, in an order by the seed: no check may need another. */
import { randomOf, type Random } from '../support/random.js';
import type { Check } from './check.js';
import { World } from './world.js';

export interface Outcome {
  readonly check: Check;
  /** What was seen instead; null: it holds. */
  readonly wrong: string | null;
  readonly took_ms: number;
}

export interface RunOptions {
  readonly url: string;
  readonly seed: number;
  readonly onOutcome?: (outcome: Outcome, done: number) => void;
}

const at_once_max = 9;
/** Nobody asks as often as would be too often. */
const worlds_count = 3;
/** Longer than anything that is waited for within one. */
const check_ms_max = 60_000;

export async function runChecks(checks: readonly Check[], options: RunOptions): Promise<Outcome[]> {
  const random = randomOf(options.seed);
  const worlds = await Promise.all(Array.from({ length: worlds_count }, () => World.make(options.url)));
  try {
    const waiting = shuffled(checks, random);
    const outcomes: Outcome[] = [];
    const lane = async (world: World): Promise<void> => {
      for (let check = waiting.pop(); check !== undefined; check = waiting.pop()) {
        const outcome = await outcomeOf(check, world);
        outcomes.push(outcome);
        options.onOutcome?.(outcome, outcomes.length);
      }
    };
    await Promise.all(Array.from({ length: at_once_max }, (_, at) => lane(worlds[at % worlds_count]!)));
    return outcomes.toSorted((one, other) => checks.indexOf(one.check) - checks.indexOf(other.check));
  } finally {
    await Promise.all(worlds.map((world) => world.leave()));
  }
}

async function outcomeOf(check: Check, world: World): Promise<Outcome> {
  const from = performance.now();
  const outcome = (wrong: string | null): Outcome => ({ check, wrong, took_ms: performance.now() - from });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing came of it within ${check_ms_max} ms`)), check_ms_max);
  });
  try {
    await Promise.race([check.run(world), late]);
    return outcome(null);
  } catch (error) {
    return outcome(error instanceof Error ? error.message : String(error));
  } finally {
    clearTimeout(timer);
  }
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const rest = [...items];
  const order: T[] = [];
  while (rest.length > 0) order.push(...rest.splice(random.integer(rest.length), 1));
  return order;
}
