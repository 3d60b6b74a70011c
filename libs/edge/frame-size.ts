/** Of what a request may hold: deeper or more is nothing that any method takes. */
export const depth_max = 16;
export const values_max = 10_000;
/** What a field of any method is called; others are the client's own words. */
const fieldName = /^[a-z][a-z_]{0,31}$/;

/** The fields that are too deep or too much, or `params` where only all of them together are. */
export function immodest(params: unknown): readonly string[] {
  if (isModest(params, depth_max)) return [];
  const fields = params !== null && typeof params === 'object' ? Object.entries(params) : [];
  const named = fields.filter(([name, value]) => fieldName.test(name) && !isModest(value, depth_max - 1));
  return named.length === 0 ? ['params'] : named.map(([name]) => name);
}

/** Whether it is within both, found out without recursion and without looking at more than it may be. */
function isModest(value: unknown, levels: number): boolean {
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
    if (depth >= levels && next.length > 0) return false;
    level = next;
  }
  return true;
}
