/** What a fuzzed server holds after it has collected its garbage; it runs with `memory-probe.mjs`. */
import { join } from 'node:path';
import type { OdnixProcess } from '../support/odnix-process.js';

export interface Memory {
  readonly heap_mb: number;
  readonly resident_mb: number;
}

/**
 * Of a server that is to be fuzzed: it says what it holds, and lets strangers sign in as often as it takes. Its caches are small: they
 * are full soon, so that what grows after that is no cache, and what they forget is read again all the time.
 */
export const fuzzed_env = {
  CACHES_SCALE: '0.02',
  LIMITS_SCALE: '1000',
  NODE_OPTIONS: `--import=${join(import.meta.dirname, 'memory-probe.mjs')}`,
  SIGN_IN_TRIES_MAX: '999999999',
};

const mb = (bytes: number): number => Math.round(bytes / 1024 / 1024);
const told = /^memory (\{.*\})$/gm;

export async function memoryOf({ pid, output }: Pick<OdnixProcess, 'pid' | 'output'>): Promise<Memory> {
  const answers = () => [...output().matchAll(told)];
  const before = answers().length;
  process.kill(pid, 'SIGUSR2');
  while (answers().length === before) await new Promise((resolve) => setTimeout(resolve, 50));
  const { heapUsed, external, rss } = JSON.parse(answers().at(-1)![1]!) as Record<
    'heapUsed' | 'external' | 'rss',
    number
  >;
  return { heap_mb: mb(heapUsed + external), resident_mb: mb(rss) };
}

/** What is held at the end beyond what was held half-way, when every cache had had its time to fill. */
export function grownSinceHalf(memory: readonly Memory[]): Memory {
  const half = memory[Math.floor(memory.length / 2)]!;
  const end = memory.at(-1)!;
  return { heap_mb: end.heap_mb - half.heap_mb, resident_mb: end.resident_mb - half.resident_mb };
}
