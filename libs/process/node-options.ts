/**
 * What the processes that push updates are started with, beside their program. V8 reads it only at its own start, so it stands
 * wherever they are started: here, and in package.json.
 *
 * A young generation of at most 16 MB in place of some 100: replaying a log makes garbage faster than anything else here does,
 * and V8 takes all of that before it looks whether it could do with less (docs/catch-up.md).
 */
const young_generation_half_mb_max = 8;
const pushing = [`--max-semi-space-size=${young_generation_half_mb_max}`] as const;

/** By the folder's name in `apps`. */
export const nodeOptionsOf = (app: string): readonly string[] =>
  app === 'gateway' || app === 'odnix' ? pushing : [];
