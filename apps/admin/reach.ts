/** Servers that may still be starting: waited for, at most a minute. */
import { setTimeout as pause } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/nats-core';
import { migrate } from '#db/migrate.js';
import { connectNats } from '#streams/connection.js';

const wait_ms_max = 60_000;
const again_ms = 500;

export type Say = (line: string) => void;

export const reachNats = (natsUrl: string, say: Say): Promise<NatsConnection> =>
  reach('NATS', () => connectNats(natsUrl, { name: 'admin' }), isStartingNats, say);

/** The migrations that were run. */
export const reachAndMigrate = (databaseUrl: string, say: Say): Promise<readonly string[]> =>
  reach('PostgreSQL', () => migrate(databaseUrl), isStartingPostgres, say);

async function reach<T>(
  name: string,
  act: () => Promise<T>,
  isStarting: (error: unknown) => boolean,
  say: Say,
): Promise<T> {
  const deadlineMs = performance.now() + wait_ms_max;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (!isStarting(error) || performance.now() >= deadlineMs) throw error;
      say(`Waiting for ${name}: ${(error as Error).message}`);
      await pause(again_ms);
    }
  }
}

const isStartingNats = (error: unknown): boolean =>
  error instanceof Error && ['ConnectionError', 'TimeoutError'].includes(error.name);

/** Refused, reset or not resolved; or it says itself that it is starting (57P03). */
const isStartingPostgres = (error: unknown): boolean =>
  ['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', '57P03'].includes(
    String((error as { code?: unknown } | null)?.code),
  );
