/** Token buckets kept as one number each (the generic cell rate algorithm): the time up to which their tokens are spent. Pure. */

export interface Rate {
  /** At once, after a long quiet. */
  readonly burst: number;
  /** On and on. */
  readonly per_s: number;
}

export const scaled = ({ burst, per_s }: Rate, factor: number): Rate => ({
  burst: burst * factor,
  per_s: per_s * factor,
});

/** All the tokens, or the milliseconds until there are as many. `tokens` is no more than the burst. */
export function spend(
  { burst, per_s }: Rate,
  spentUntilMs: number,
  nowMs: number,
  tokens = 1,
): { readonly spentUntilMs: number } | { readonly waitMs: number } {
  const next = Math.max(spentUntilMs, nowMs) + (tokens / per_s) * 1_000;
  const aheadMs = next - nowMs - (burst / per_s) * 1_000;
  return aheadMs <= 1e-6 ? { spentUntilMs: next } : { waitMs: Math.max(1, Math.ceil(aheadMs)) };
}
