/** Caches tell their size as long as somebody holds them, and whether they had what was looked for. */
import { counter, observe } from './metrics.js';

interface Cache {
  readonly size: number;
}

const caches = new Set<{ readonly cache: string; readonly held: WeakRef<Cache> }>();

observe('odnix.cache.entries', () => {
  const sizes: [{ readonly cache: string }, number][] = [];
  for (const one of caches) {
    const held = one.held.deref();
    if (held === undefined) caches.delete(one);
    else sizes.push([{ cache: one.cache }, held.size]);
  }
  return sizes;
});

/** To be told after each look whether it was there. */
export function watchCache(cache: string, held: Cache): (isHit: boolean) => void {
  caches.add({ cache, held: new WeakRef(held) });
  const hits = counter('odnix.cache.lookups', { cache, outcome: 'hit' });
  const misses = counter('odnix.cache.lookups', { cache, outcome: 'miss' });
  return (isHit) => (isHit ? hits : misses).add();
}
