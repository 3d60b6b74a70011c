/** A headless Chromium with a profile of its own on the disk: closed or killed, the next one on that profile goes on. */
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { chromiumProgram } from './chromium-program.js';
import { freshDirectory, processesNaming } from './run-directory.js';

export interface RunningChromium {
  readonly profile: string;
  /** These texts by path, out of the browser's own hands: also without a network, as an installed web app's. */
  serve(origin: string, texts: Readonly<Record<string, string>>): Promise<void>;
  /** A new tab. */
  open(url: string): Promise<Page>;
  /** SIGKILL for all its processes; resolves when it is gone. */
  kill(): Promise<void>;
  close(): Promise<void>;
  /** For all tabs: the network as they see it. */
  setOffline(offline: boolean): Promise<void>;
  /** What pages threw and nobody caught, and what they wrote to the console as an error. */
  readonly complaints: readonly string[];
}

export async function startChromium(profile = freshDirectory()): Promise<RunningChromium> {
  const { path, env } = chromiumProgram();
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: path,
    env: { ...process.env, ...env },
    // What `serve` gives has no address, and Chromium lets only pages of loopback talk to loopback unasked.
    permissions: ['local-network-access'],
    viewport: { width: 960, height: 640 },
  });
  const complaints: string[] = [];
  context.on('weberror', (error) => complaints.push(error.error().message));
  context.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  return {
    profile,
    complaints,
    serve: async (origin, texts) => {
      await context.route(`${origin}/**`, (route) => {
        const path = new URL(route.request().url()).pathname;
        const contentType = path.endsWith('.js') ? 'text/javascript' : 'text/html; charset=utf-8';
        const body = texts[path];
        return route.fulfill(body === undefined ? { status: 404 } : { contentType, body });
      });
    },
    open: async (url) => {
      const page = await context.newPage();
      await page.goto(url);
      return page;
    },
    kill: () => kill(context, profile),
    close: () => context.close(),
    setOffline: (offline) => context.setOffline(offline),
  };
}

async function kill(context: BrowserContext, profile: string): Promise<void> {
  const closed = new Promise((resolve) => context.once('close', resolve));
  for (const pid of processesNaming(profile)) process.kill(pid, 'SIGKILL');
  await closed;
}
