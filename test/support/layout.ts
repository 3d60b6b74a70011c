/**
 * The whole system, as this vitest project lays it out: one process (`npm start`) or a cluster (`npm run cluster`). Started for the
 * project's first spec, shared by all of them; a spec may take it down, and must have it up again when it ends.
 *
 * Specs run in processes of their own, so what is started and killed belongs to vitest's own process (layout-setup.ts), which
 * is asked over HTTP.
 */
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

declare module 'vitest' {
  export interface ProvidedContext {
    layout: 'single' | 'cluster';
    layoutControl: string;
  }
}

/** Resolves when it serves. */
export async function startLayout(): Promise<Layout> {
  const url = await ask('start');
  return {
    url,
    stop: async () => void (await ask('stop')),
    kill: async () => void (await ask('kill')),
    start: async () => void (await ask('start')),
  };
}

/** Answers with the layout's URL. */
async function ask(action: LayoutAction): Promise<string> {
  const response = await fetch(`${inject('layoutControl')}/${action}`, { method: 'POST' });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text;
}
