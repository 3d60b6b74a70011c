/**
 * A device in a real browser, against an Odnix of another origin: cut off, reloaded, killed, opened twice, signed out.
 * The page's files come from the browser's hands even without a network, as an installed web app's do.
 *
 * Seen failing: with the outbox's commits left out (what was written is gone after the reload and the kill), without the lock
 * (the second tab opens the first one's store), with a hash of other bytes (the log diverges from the server's).
 */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleForBrowser } from '../support/bundle.js';
import { startChromium, type RunningChromium } from '../support/chromium.js';
import { startLayout, type Layout } from '../support/layout.js';
import { pageApi } from '../support/page-api.js';
import { Person } from '../support/person.js';
import type { ClientPage } from '../browser/client-page.js';

/** Of no server: see `serve`. Of this machine, as pages of this machine may talk to an Odnix in development. */
const origin = 'http://localhost:8080';
const pages: Record<string, string> = { '/': '<script type="module" src="/page.js"></script>' };

let odnix: Layout;
let chromium: RunningChromium;
const running: RunningChromium[] = [];

beforeAll(async () => {
  const script = bundleForBrowser(join(import.meta.dirname, '../browser/page/client-page.ts'));
  odnix = await startLayout();
  pages['/page.js'] = (await script).code;
  chromium = await browser();
});
afterAll(async () => {
  await Promise.all(running.map((one) => one.close()));
});

async function browser(profile?: string): Promise<RunningChromium> {
  const one = await startChromium(profile);
  await one.serve(origin, pages);
  running.push(one);
  return one;
}

let lastPhone = 15_550_700;
const freshPhone = (): string => `+${++lastPhone}`;

interface Tab {
  readonly page: Page;
  readonly client: ClientPage;
}

async function tab(at = chromium): Promise<Tab> {
  const page = await at.open(origin);
  return { page, client: pageApi<ClientPage>(page) };
}

/** Ann in the browser, Bob elsewhere, and their chat. */
async function pair(at = chromium): Promise<{ phone: string; ann: Tab; bob: Person; chat: string }> {
  const phone = freshPhone();
  const ann = await tab(at);
  const bob = await (await Person.signIn(odnix.url, freshPhone())).connect();
  expect(await ann.client.start(odnix.url, phone)).toMatch(/^[0-9a-f-]{36}$/);
  await ann.client.connect();
  return { phone, ann, bob, chat: await ann.client.createDirect(bob.userId) };
}

const shows = ({ client }: Tab, chat: string) => expect.poll(() => client.messages(chat));

test('signs in, sends and receives, and sees its messages delivered and read', async () => {
  const { ann, bob, chat } = await pair();
  await ann.client.send(chat, 'Hello');
  await bob.sees(({ type }) => type === 'message.new');
  // Before his answer: that moves his mark past hers, and a mark that does not advance tells nobody.
  await bob.request('messages.read', { chat_id: chat, seq: 1 });
  await bob.send(chat, 'Hello Ann');
  await shows(ann, chat).toEqual(['Hello read', 'Hello Ann']);
  expect(await ann.client.signOut()).toEqual([]);
});

test('what is written without a network outlives reloads, is sent once, and what was missed comes', async () => {
  const { phone, ann, bob, chat } = await pair();
  await ann.client.send(chat, 'before');
  await shows(ann, chat).toEqual(['before sent']);
  await chromium.setOffline(true);
  await expect.poll(() => ann.client.status()).toBe('waiting');
  await ann.client.send(chat, 'without a network');
  await bob.send(chat, 'while you were away');
  await ann.page.reload();
  await ann.client.start(odnix.url, phone);
  const caughtUp = ann.client.connect();
  expect(await ann.client.messages(chat)).toEqual(['before sent', 'without a network pending']);
  await ann.client.send(chat, 'after a reload');
  await chromium.setOffline(false);
  await caughtUp;
  const all = ['before sent', 'while you were away', 'without a network sent', 'after a reload sent'];
  await shows(ann, chat).toEqual(all);
  // What ann has seen, bob's session may not have seen yet.
  const texts = () => bob.history(chat).then((all) => all.map(({ content }) => content.text));
  await expect.poll(texts).toEqual(all.map((text) => text.replace(/ sent$/, '')));
  await ann.client.signOut();
});

test('a second tab is told that the device is open, and goes on with it when the first is gone', async () => {
  const { phone, ann, bob, chat } = await pair();
  const second = await tab();
  expect(await second.client.start(odnix.url, phone, 0)).toBe('StoreInUseError');
  const waiting = second.client.start(odnix.url, phone, 60_000);
  await chromium.setOffline(true);
  await ann.client.send(chat, 'from the first tab');
  await ann.page.close();
  await waiting;
  expect(await second.client.messages(chat)).toEqual(['from the first tab pending']);
  await chromium.setOffline(false);
  await second.client.connect();
  await shows(second, chat).toEqual(['from the first tab sent']);
  await bob.sees(({ type }) => type === 'message.new');
  await second.client.signOut();
});

test('what is stored outlives a killed browser: the next one goes on where it was', async () => {
  const mortal = await browser();
  const { phone, ann, bob, chat } = await pair(mortal);
  await ann.client.send(chat, 'sent');
  await shows(ann, chat).toEqual(['sent sent']);
  await bob.send(chat, 'received');
  await shows(ann, chat).toEqual(['sent sent', 'received']);
  const pts = await ann.client.pts();
  await mortal.setOffline(true);
  await ann.client.send(chat, 'waits');
  running.splice(running.indexOf(mortal), 1);
  await mortal.kill();
  await bob.send(chat, 'meanwhile');
  const next = await tab(await browser(mortal.profile));
  await next.client.start(odnix.url, phone);
  expect(await next.client.messages(chat)).toContain('waits pending');
  await next.client.connect();
  await shows(next, chat).toEqual(['sent sent', 'received', 'meanwhile', 'waits sent']);
  expect(await next.client.pts()).toBeGreaterThan(pts);
  await expect.poll(() => bob.history(chat).then((all) => all.map(({ seq }) => seq))).toEqual([1, 2, 3, 4]);
});

test('no page complained', () => expect(running.flatMap(({ complaints }) => complaints)).toEqual([]));
