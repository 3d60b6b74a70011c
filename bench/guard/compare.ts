/** Ratios of a short run against those that were committed: wide enough for another machine, narrow enough for a real loss. */

/** Half as good fails; twice as good says that the baseline is old. */
const band = 2;

export type Ratios = Readonly<Record<string, number>>;

export interface Compared {
  readonly name: string;
  readonly before: number;
  readonly now: number;
  readonly verdict: 'as before' | 'worse' | 'better: the baseline is old' | 'not measured';
}

/** All ratios are of the kind of which more is better. */
export const compared = (before: Ratios, now: Ratios): Compared[] =>
  Object.entries(before).map(([name, was]) => {
    const is = now[name] ?? Number.NaN;
    return { name, before: was, now: is, verdict: verdictOf(was, is) };
  });

function verdictOf(before: number, now: number): Compared['verdict'] {
  if (!Number.isFinite(now)) return 'not measured';
  if (now * band < before) return 'worse';
  return now > before * band ? 'better: the baseline is old' : 'as before';
}

export const isGood = ({ verdict }: Compared): boolean => verdict !== 'worse' && verdict !== 'not measured';
