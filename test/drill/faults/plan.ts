/** Which fault comes when: in turn as asked for, or by chance until the time is over. */
import type { Random } from '../../support/random.js';
import { faultKinds, type Fault, type FaultKind } from './fault.js';

export interface Step {
  readonly fault: Fault;
  /** Counts this fault. */
  readonly round: number;
  readonly hold_ms: number;
  /** From its end to the next beginning. */
  readonly after_ms: number;
}

/** How often each kind comes, and how long it lasts. */
const chances: Record<FaultKind, { readonly weight: number; readonly hold_s: readonly [number, number] }> = {
  stop: { weight: 3, hold_s: [0.5, 8] },
  kill: { weight: 6, hold_s: [0.5, 10] },
  'kill leader': { weight: 2, hold_s: [1, 10] },
  'kill everything': { weight: 1, hold_s: [0.5, 3] },
  hang: { weight: 3, hold_s: [2, 15] },
  cut: { weight: 3, hold_s: [1, 12] },
  stall: { weight: 2, hold_s: [1, 15] },
  'lose answers': { weight: 4, hold_s: [3, 12] },
  delay: { weight: 2, hold_s: [3, 12] },
  double: { weight: 2, hold_s: [3, 12] },
  'set clock': { weight: 3, hold_s: [5, 30] },
  'fill disk': { weight: 2, hold_s: [2, 10] },
};
const after_s: readonly [number, number] = [0.5, 10];

/** What takes parts of the system away, one after the other: what `each` stands for. */
const inTurn: readonly FaultKind[] = ['stop', 'kill', 'kill leader', 'kill everything'];

/** `each`, or names of faults and of kinds, in the order asked for; those of a kind as they stand. */
export function chosenFaults(faults: readonly Fault[], names: 'each' | readonly string[]): Fault[] {
  if (names === 'each') return faults.filter(({ kind }) => inTurn.includes(kind));
  return names.flatMap((name) => {
    const chosen = faults.filter((fault) => fault.name === name || fault.kind === name);
    if (chosen.length > 0 || name in faultKinds) return chosen;
    throw new Error(`There is no fault "${name}"; there are: ${faults.map((one) => one.name).join(', ')}`);
  });
}

export function* stepsInTurn(
  faults: readonly Fault[],
  rounds: number,
  times: { readonly down_ms: number; readonly after_ms: number },
): Iterable<Step> {
  for (let round = 1; round <= rounds; round++) {
    for (const fault of faults) {
      yield { fault, round, hold_ms: fault.down_ms ?? times.down_ms, after_ms: times.after_ms };
    }
  }
}

/** First a kind, then one of the kind, so that a cluster's many apps do not crowd out what there is one of. Endless. */
export function* stepsByChance(faults: readonly Fault[], chance: Random): Iterable<Step> {
  const byKind = Map.groupBy(faults, ({ kind }) => kind);
  const bag = [...byKind.keys()].flatMap((kind) => Array.from({ length: chances[kind].weight }, () => kind));
  const rounds = new Map<Fault, number>();
  const between = ([least, most]: readonly [number, number]) =>
    Math.round((least + ((most - least) * chance.integer(1_000)) / 1_000) * 1_000);
  while (bag.length > 0) {
    const kind = chance.pick(bag);
    const fault = chance.pick(byKind.get(kind)!);
    const round = (rounds.get(fault) ?? 0) + 1;
    rounds.set(fault, round);
    yield { fault, round, hold_ms: between(chances[kind].hold_s), after_ms: between(after_s) };
  }
}
