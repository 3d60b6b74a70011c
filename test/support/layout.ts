/**
 * The whole system, as this vitest project lays it out: one process (`npm start`) or a cluster (`npm run cluster`). Started for the
 * project's first spec, shared by all of them; a spec that takes it down has it alone, and must have it up again when it ends.
 *
 * Specs run in processes of their own, so what is started and killed belongs to vitest's own process (layout-setup.ts), which
 * is asked over HTTP.
 */
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { inject } from 'vitest';

export interface Layout {
  /** Stays the same through restarts. */
  readonly url: string;
  /** As an operator does it: SIGTERM. Resolves when nothing of it runs any more. */
  stop(): Promise<void>;
  /** SIGKILL for every process of it at once. */
  kill(): Promise<void>;
  /** After a stop or a kill, on what was kept. */
  start(): Promise<void>;
}

export type LayoutAction = 'start' | 'stop' | 'kill';

/** Answered when it serves whoever asked; the answer does not end, and they have gone when they hang up. */
export type LayoutVisit = 'share' | 'have-alone';

declare module 'vitest' {
  export interface ProvidedContext {
    layout: 'single' | 'cluster';
    layoutControl: string;
  }
}

/** Resolves when it serves, until the spec's process ends; `alone`: when no other spec is at it, and none will be. */
export async function startLayout({ alone = false } = {}): Promise<Layout> {
  const url = await visit(alone ? 'have-alone' : 'share');
  return {
    url,
    stop: async () => void (await ask('stop')),
    kill: async () => void (await ask('kill')),
    start: async () => void (await ask('start')),
  };
}

async function ask(action: LayoutAction): Promise<void> {
  const response = await fetch(`${inject('layoutControl')}/${action}`, { method: 'POST' });
  if (!response.ok) throw new Error(await response.text());
}

/** Answers with the layout's URL. */
async function visit(how: LayoutVisit): Promise<string> {
  const asking = request(`${inject('layoutControl')}/${how}`, { method: 'POST' });
  // The visit is over with the process; it does not keep it.
  asking.on('socket', (socket) => socket.unref());
  const [response] = (await once(asking.end(), 'response')) as [IncomingMessage];
  const [text] = (await once(response.setEncoding('utf8'), 'data')) as [string];
  if (response.statusCode !== 200) throw new Error(text);
  return text;
}
