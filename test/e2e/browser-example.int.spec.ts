/** The example of a web client, as its reader runs it: the SDK's package, its little server, two people, a real browser. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startChromium, type RunningChromium } from '../support/chromium.js';
import { startLayout, type Layout } from '../support/layout.js';
import { freshDirectory } from '../support/run-directory.js';
import { buildSdkPackage } from '../support/sdk-package.js';

const server = join(import.meta.dirname, '../../examples/browser/serve.mjs');

let odnix: Layout;
let chromium: RunningChromium;
let serving: ChildProcess;
let origin: string;

beforeAll(async () => {
  const sdk = freshDirectory();
  buildSdkPackage(sdk, { types: false });
  const env = { ...process.env, PORT: '0' };
  serving = spawn(process.execPath, [server, sdk], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const [told] = (await once(serving.stdout!, 'data')) as [Buffer];
  origin = /http:\S+/.exec(told.toString())![0];
  odnix = await startLayout();
  chromium = await startChromium();
});
afterAll(async () => {
  await chromium?.close();
  serving.kill();
});

const open = (device: string): Promise<Page> =>
  chromium.open(`${origin}/?device=${device}&server=${encodeURIComponent(odnix.url)}`);

async function signIn(device: string, phone: string, name: string): Promise<Page> {
  const page = await open(device);
  await page.getByLabel('Phone number', { exact: true }).fill(phone);
  await page.getByLabel('Your name').fill(name);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('connected').waitFor();
  return page;
}

async function write(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message').fill(text);
  await page.getByRole('button', { name: 'Send' }).click();
}

const lines = (page: Page) => expect.poll(() => page.locator('#messages li').allTextContents());

test('two people sign in, find each other and chat; a reload keeps all; a second tab waits', async () => {
  const [ann, bob] = [await signIn('ann', '+15550800', 'Ann'), await signIn('bob', '+15550801', 'Bob')];
  await ann.getByLabel('Phone number to chat with').fill('+15550801');
  await ann.getByRole('button', { name: 'Start a chat' }).click();
  await write(ann, 'Hello Bob, this is a browser.');
  await bob.getByRole('button', { name: 'Ann' }).click();
  await write(bob, 'So is this. <b>Plain</b> text stays plain.');
  const said = [/^Hello Bob, this is a browser\..*✓✓$/, /^So is this\. <b>Plain<\/b> text stays plain\./];
  await lines(ann).toEqual(said.map((line) => expect.stringMatching(line)));
  await ann.getByRole('button', { name: 'Bob' }).waitFor();
  await ann.reload();
  await ann.getByRole('button', { name: 'Bob' }).click();
  await lines(ann).toHaveLength(2);
  const second = await open('ann');
  await second.getByText('open in another tab').waitFor();
  await ann.close();
  await second.getByRole('button', { name: 'Bob' }).waitFor();
  await second.getByRole('button', { name: 'Sign out' }).click();
  await second.getByLabel('Your name').waitFor();
  expect(chromium.complaints).toEqual([]);
});
