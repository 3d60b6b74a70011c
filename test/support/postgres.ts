/** PostgreSQL for the tests: one server a run, and a database of its own for whoever asks. */
import { randomUUID } from 'node:crypto';
import { PostgreSqlContainer } from '@testcontainers/postgresql';
import pg from 'pg';
import { inject } from 'vitest';
import { startPostgresServer } from '../../apps/odnix/embedded/postgres-server.js';
import { containerEngine } from './container-engine.js';
import { freshDirectory } from './run-directory.js';
import { join } from 'node:path';

const image = 'postgres:18-alpine';

export interface TestPostgres {
  url: string;
  stop(): Promise<void>;
}

export interface TestDatabase {
  url: string;
  /** Closes whatever connections are left to it. */
  drop(): Promise<void>;
}

export async function startPostgres(runDirectory?: string): Promise<TestPostgres> {
  if (await containerEngine()) {
    const container = await new PostgreSqlContainer(image).start();
    return { url: container.getConnectionUri(), stop: async () => void (await container.stop()) };
  }
  const directory = join(freshDirectory(runDirectory), 'postgres');
  const { url, stop } = await startPostgresServer({ directory, password: randomUUID() });
  return { url, stop };
}

/** An empty database on the run's server, or a copy of one that was filled before and has no connections. */
export async function freshDatabase(template = 'template0'): Promise<TestDatabase> {
  const serverUrl = inject('databaseUrl');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await execute(serverUrl, `create database ${name} template ${pg.escapeIdentifier(template)}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => execute(serverUrl, `drop database ${name} with (force)`) };
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
