/** Whether a soak left things as they were. */

const fifths = 5;
/** What caches with a bound, and a heap that is not tidied at every moment, may add from the second fifth of the time to the last. */
const growth_part_max = 0.15;
const growth_mb_max = 12;
/** Handles and subscriptions: what the next second of anything may hold. */
export const left_over_max = 12;

export interface Growth {
  readonly from_mb: number;
  readonly grown_mb: number;
  /** More is a leak. */
  readonly grown_mb_max: number;
}

/** By the least that was held in the second fifth and in the last: what a collection of garbage leaves. */
export function growthOf(samples_mb: readonly number[]): Growth {
  const least = (fifth: number) => {
    const [from, to] = [fifth, fifth + 1].map((at) => Math.floor((at * samples_mb.length) / fifths));
    return Math.min(...samples_mb.slice(from, to));
  };
  const from_mb = least(1);
  const grown_mb_max = Math.max(growth_mb_max, from_mb * growth_part_max);
  return { from_mb, grown_mb: least(fifths - 1) - from_mb, grown_mb_max };
}

/** Whether what is counted came back to where it was before. */
export const isBack = (before: number, after: number): boolean => after <= before + left_over_max;
