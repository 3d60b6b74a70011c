/** Seeded randomness for tests (mulberry32). `ODNIX_SEED` repeats a run; every user prints its seed. */
export interface Random {
  readonly seed: number;
  /** From 0 up to but not including `below`. */
  integer(below: number): number;
  pick<T>(items: readonly T[]): T;
  /** Each order as likely as any other. */
  shuffled<T>(items: readonly T[]): T[];
}

export function seededRandom(name: string): Random {
  const seed = Number(process.env.ODNIX_SEED ?? Math.floor(Math.random() * 2 ** 32));
  console.log(`${name}: ODNIX_SEED=${seed}`);
  return randomOf(seed);
}

/** The same numbers for the same seed. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (below: number) => Math.floor(next() * below);
  const shuffled = <T>(items: readonly T[]): T[] => {
    const order = [...items];
    for (let at = order.length - 1; at > 0; at--) {
      const other = integer(at + 1);
      [order[at], order[other]] = [order[other]!, order[at]!];
    }
    return order;
  };
  return { seed, integer, pick: (items) => items[integer(items.length)]!, shuffled };
}
