/**
 * The local store where browsers keep it: the contract that every store has, and what tabs, reloads and kills do to it.
 * Seen failing: with a shared lock (two tabs have one store), and with a transaction a record (a half is stored when space ends).
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localStoreContract } from '#client/testing/local-store.contract.js';
import { bundleForBrowser } from '../support/bundle.js';
import { startChromium, type RunningChromium } from '../support/chromium.js';
import { pageApi } from '../support/page-api.js';
import type { StorePage } from './store-page.js';

/** Of no server: see `serve`. */
const home = 'http://localhost:8080';
const pages: Record<string, string> = { '/': '<script type="module" src="/page.js"></script>' };
let chromium: RunningChromium;
beforeAll(async () => {
  pages['/page.js'] = (await bundleForBrowser(join(import.meta.dirname, 'page/store-page.ts'))).code;
  chromium = await startChromium();
  await chromium.serve(home, pages);
});
afterAll(() => chromium.close());

let made = 0;
const newName = (): string => `store-${++made}`;
async function tab(running = chromium, origin = home): Promise<{ page: Page; store: StorePage }> {
  const page = await running.open(origin);
  return { page, store: pageApi<StorePage>(page) };
}

describe.each(['memory', 'indexed-db'] as const)('a store of kind %s in Chromium', (kind) => {
  const cases = localStoreContract.map(({ name, expected }, index) => ({ name, expected, index }));
  let contract: StorePage;
  beforeAll(async () => void (contract = (await tab()).store));
  test.for(cases)('$name', async ({ expected, index }) => {
    expect(await contract.observe(kind, index)).toEqual(expected);
  });
});

describe('a store in IndexedDB', () => {
  test('is there again after a reload, which gets it back at once', async () => {
    const { page, store } = await tab();
    const name = newName();
    await store.open(name);
    for (let count = 1; count <= 10; count++) {
      expect(await store.commit({ [`key-${count}`]: count })).toBeNull();
      await page.reload();
      expect(await store.open(name)).toBeNull();
      expect(await store.load()).toHaveLength(count);
    }
    await page.close();
  });

  test('is one tab’s at a time: the second is told, or waits until it is free', async () => {
    const [first, second, third] = [await tab(), await tab(), await tab()];
    const name = newName();
    expect(await first.store.open(name)).toBeNull();
    expect(await second.store.open(name, 0)).toBe('StoreInUseError');
    expect(await second.store.open(name, 50)).toBe('StoreInUseError');
    expect(await second.store.delete(name)).toBe('StoreInUseError');
    const waiting = third.store.open(name, Infinity);
    await first.store.commit({ a: 1 });
    await first.page.close();
    expect(await waiting).toBeNull();
    expect(await third.store.load()).toEqual([['a', 1]]);
    await third.store.close();
    expect(await second.store.open(name, 0)).toBeNull();
    await second.page.close();
    await third.page.close();
  });

  test('is gone after it was deleted', async () => {
    const { page, store } = await tab();
    const name = newName();
    await store.open(name);
    await store.commit({ secret: 'x' });
    expect(await store.databases()).toContain(name);
    await store.close();
    expect(await store.delete(name)).toBeNull();
    expect(await store.databases()).not.toContain(name);
    await store.open(name);
    expect(await store.load()).toEqual([]);
    await page.close();
  });

  test('a commit for which there is no space stores nothing, and the store goes on', async () => {
    // An origin of its own: of one in use the browser remembers for a while how much space was left.
    const small = 'http://localhost:8081';
    await chromium.serve(small, pages);
    const { page, store } = await tab(chromium, small);
    const protocol = await page.context().newCDPSession(page);
    const quotaSize = 1_000_000;
    await protocol.send('Storage.overrideQuotaForOrigin', { origin: small, quotaSize });
    await store.open(newName());
    await store.commit({ a: 1 });
    // Random, or the browser would press it together.
    const tooMuch = { a: 2, b: randomBytes(2 * quotaSize).toString('base64'), c: 3 };
    expect(await store.commit(tooMuch)).toBe('QuotaExceededError');
    expect(await store.load()).toEqual([['a', 1]]);
    expect(await store.commit({ a: 4 })).toBeNull();
    expect(await store.load()).toEqual([['a', 4]]);
    await page.close();
  });

  test('holds every commit that was told to be stored, each whole, after the browser was killed', async () => {
    const mortal = await startChromium();
    await mortal.serve(home, pages);
    const { page, store } = await tab(mortal);
    const name = newName();
    let told = 0;
    await page.exposeFunction('stored', (count: number) => void (told = count));
    await store.open(name);
    const killed = store.commitForEver().catch(() => 'killed');
    await expect.poll(() => told, { interval: 1 }).toBeGreaterThan(20);
    await mortal.kill();
    expect(await killed).toBe('killed');
    const next = await startChromium(mortal.profile);
    await next.serve(home, pages);
    const again = await tab(next);
    expect(await again.store.open(name)).toBeNull();
    const stored = Object.fromEntries(await again.store.load());
    await next.close();
    expect(stored['one']).toBe(stored['other']);
    expect(stored['one']).toBeGreaterThanOrEqual(told);
  });
});

test('no page complained', () => expect(chromium.complaints).toEqual([]));
