/** The local store where browsers keep it: the contract that every store has, and what tabs, reloads and kills do to it. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localStoreContract } from '#client/testing/local-store.contract.js';
import { bundleForBrowser } from '../support/bundle.js';
import { startChromium, type RunningChromium } from '../support/chromium.js';
import { serveTexts, type StaticSite } from '../support/static-site.js';
import type { StorePage } from './store-page.js';

const pages: Record<string, string> = { '/': '<script type="module" src="/page.js"></script>' };
let site: StaticSite;
let chromium: RunningChromium;
beforeAll(async () => {
  pages['/page.js'] = (await bundleForBrowser(join(import.meta.dirname, 'page/store-page.ts'))).code;
  site = await serveTexts(pages);
  chromium = await startChromium();
});
afterAll(async () => {
  await chromium.close();
  await site.stop();
});

/** Calls a function of the page, once the page has it. */
async function ask<Name extends keyof StorePage>(
  page: Page,
  name: Name,
  ...params: Parameters<StorePage[Name]>
): Promise<Awaited<ReturnType<StorePage[Name]>>> {
  const asked = page.evaluate(
    ([called, given]) => {
      const { storePage } = globalThis as unknown as {
        storePage: Record<string, (...given: readonly unknown[]) => unknown>;
      };
      return storePage[called]!(...given);
    },
    [name, params] as const,
  );
  return (await asked) as Awaited<ReturnType<StorePage[Name]>>;
}

let made = 0;
const newName = (): string => `store-${++made}`;
const tab = (): Promise<Page> => chromium.open(site.origin);

describe.each(['memory', 'indexed-db'] as const)('a store of kind %s in Chromium', (kind) => {
  const cases = localStoreContract.map(({ name, expected }, index) => ({ name, expected, index }));
  test.for(cases)('$name', async ({ expected, index }) => {
    const page = await tab();
    expect(await ask(page, 'observe', kind, index)).toEqual(expected);
    await page.close();
  });
});

describe('a store in IndexedDB', () => {
  test('is there again after a reload, which gets it back at once', async () => {
    const page = await tab();
    const name = newName();
    await ask(page, 'open', name);
    for (let count = 1; count <= 10; count++) {
      expect(await ask(page, 'commit', { [`key-${count}`]: count })).toBeNull();
      await page.reload();
      expect(await ask(page, 'open', name)).toBeNull();
      expect(await ask(page, 'load')).toHaveLength(count);
    }
    await page.close();
  });

  test('is one tab’s at a time: the second is told, or waits until it is free', async () => {
    const [first, second, third] = [await tab(), await tab(), await tab()];
    const name = newName();
    expect(await ask(first, 'open', name)).toBeNull();
    expect(await ask(second, 'open', name, 0)).toBe('StoreInUseError');
    expect(await ask(second, 'open', name, 50)).toBe('StoreInUseError');
    expect(await ask(second, 'delete', name)).toBe('StoreInUseError');
    const waiting = ask(third, 'open', name, Infinity);
    await ask(first, 'commit', { a: 1 });
    await first.close();
    expect(await waiting).toBeNull();
    expect(await ask(third, 'load')).toEqual([['a', 1]]);
    await ask(third, 'close');
    expect(await ask(second, 'open', name, 0)).toBeNull();
    await second.close();
    await third.close();
  });

  test('is gone after it was deleted', async () => {
    const page = await tab();
    const name = newName();
    await ask(page, 'open', name);
    await ask(page, 'commit', { secret: 'x' });
    expect(await ask(page, 'databases')).toContain(name);
    await ask(page, 'close');
    expect(await ask(page, 'delete', name)).toBeNull();
    expect(await ask(page, 'databases')).not.toContain(name);
    await ask(page, 'open', name);
    expect(await ask(page, 'load')).toEqual([]);
    await page.close();
  });

  test('a commit for which there is no space stores nothing, and the store goes on', async () => {
    // An origin of its own: of one in use the browser remembers for a while how much space was left.
    const small = await serveTexts(pages);
    const page = await chromium.open(small.origin);
    const protocol = await page.context().newCDPSession(page);
    const quotaSize = 1_000_000;
    await protocol.send('Storage.overrideQuotaForOrigin', { origin: small.origin, quotaSize });
    await ask(page, 'open', newName());
    await ask(page, 'commit', { a: 1 });
    // Random, or the browser would press it together.
    const tooMuch = { a: 2, b: randomBytes(2 * quotaSize).toString('base64'), c: 3 };
    expect(await ask(page, 'commit', tooMuch)).toBe('QuotaExceededError');
    expect(await ask(page, 'load')).toEqual([['a', 1]]);
    expect(await ask(page, 'commit', { a: 4 })).toBeNull();
    expect(await ask(page, 'load')).toEqual([['a', 4]]);
    await page.close();
    await small.stop();
  });

  test('holds every commit that was told to be stored, each whole, after the browser was killed', async () => {
    const mortal = await startChromium();
    const page = await mortal.open(site.origin);
    const name = newName();
    let told = 0;
    await page.exposeFunction('stored', (count: number) => void (told = count));
    await ask(page, 'open', name);
    const killed = ask(page, 'commitForEver').catch(() => 'killed');
    await expect.poll(() => told, { interval: 1 }).toBeGreaterThan(20);
    await mortal.kill();
    expect(await killed).toBe('killed');
    const next = await startChromium(mortal.profile);
    const again = await next.open(site.origin);
    expect(await ask(again, 'open', name)).toBeNull();
    const stored = Object.fromEntries(await ask(again, 'load'));
    await next.close();
    expect(stored['one']).toBe(stored['other']);
    expect(stored['one']).toBeGreaterThanOrEqual(told);
  });
});

test('no page complained', () => expect(chromium.complaints).toEqual([]));
