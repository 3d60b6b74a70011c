/** Of what a request may hold: deeper or more is nothing that any method takes. */
export const depth_max = 16;
export const values_max = 10_000;

/** Whether it is within both, found out without recursion and without looking at more than it may be. */
export function isModest(value: unknown): boolean {
  let level: unknown[] = [value];
  let seen = 0;
  for (let depth = 0; level.length > 0; depth++) {
    const next: unknown[] = [];
    for (const one of level) {
      if (one === null || typeof one !== 'object') continue;
      const inner = Object.values(one);
      seen += inner.length;
      if (seen > values_max) return false;
      for (const each of inner) next.push(each);
    }
    if (depth >= depth_max && next.length > 0) return false;
    level = next;
  }
  return true;
}
