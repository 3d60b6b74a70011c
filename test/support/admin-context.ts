/** What an operation is given when a spec runs it by itself. */
import type { NatsConnection } from '@nats-io/nats-core';
import type { AdminContext, Progress } from '../../apps/admin/operation.js';
import type { MigratedDatabase } from './migrated-database.js';

export interface HeardContext extends AdminContext {
  readonly told: Progress[];
  readonly lines: string[];
  readonly emitted: string[];
}

export function adminContext(
  nats: NatsConnection,
  database: Pick<MigratedDatabase, 'db' | 'url'>,
  given: Partial<AdminContext> = {},
): HeardContext {
  const told: Progress[] = [];
  const lines: string[] = [];
  const emitted: string[] = [];
  return {
    nats,
    db: database.db,
    databaseUrl: database.url,
    streamsPerFamily: 1,
    actor: { name: 'ann', role: 'operator', reason: 'a test' },
    signal: new AbortController().signal,
    progress: (progress) => void told.push(progress),
    say: (line) => void lines.push(line),
    emit: async (line) => void emitted.push(line),
    told,
    lines,
    emitted,
    ...given,
  };
}
