/**
 * Postgres by Kysely: one pool a process and purpose, with every limit named. All integers of ours (sequences, pts,
 * milliseconds) are below 2^53, so bigint columns are read as numbers; one beyond that throws instead of losing digits.
 */
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { PreparedClient } from './prepared-client.js';
import { queryMeasure, watchPool } from './pool-metrics.js';
import type { DB } from './tables.js';

export type Database = Kysely<DB>;

/** The tables of one schema under their bare names: what `db.withSchema(...)` sees. */
export type InSchema<Schema extends string> = {
  [Name in keyof DB as Name extends `${Schema}.${infer Table}` ? Table : never]: DB[Name];
};

export interface DatabaseOptions {
  readonly url: string;
  /** Shown in pg_stat_activity. */
  readonly application: string;
  readonly connections_max: number;
  /** A statement that takes longer is cancelled by the server. */
  readonly statement_ms_max: number;
  /**
   * Commits are answered before they are on the disk: what was committed in the last moment may be gone after a crash of the server, whole
   * transactions, the latest. For what is made again by itself then.
   */
  readonly commitsSoon?: boolean;
}

const connect_ms_max = 2_000;
const idle_ms_max = 30_000;
/** Beyond `statement_ms_max`: when the server itself no longer answers. */
const silence_ms = 5_000;

/** Opens no connection before the first query. Close it with `destroy()`. */
export function openDatabase(options: DatabaseOptions): Database {
  const pool = new pg.Pool({
    Client: PreparedClient,
    connectionString: options.url,
    application_name: options.application,
    max: options.connections_max,
    connectionTimeoutMillis: connect_ms_max,
    idleTimeoutMillis: idle_ms_max,
    statement_timeout: options.statement_ms_max,
    idle_in_transaction_session_timeout: options.statement_ms_max,
    query_timeout: options.statement_ms_max + silence_ms,
    keepAlive: true,
    types: { getTypeParser },
  });
  // A connection that breaks while nobody uses it: the pool drops it, and the next query opens another. One that breaks
  // within a transaction, between two of its statements, is told to nobody else: the next statement fails by itself.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
    if (options.commitsSoon) client.query('set synchronous_commit = off').catch(() => undefined);
  });
  watchPool(pool, options.application);
  return new Kysely<DB>({ dialect: new PostgresDialect({ pool }), log: queryMeasure(options.application) });
}

function getTypeParser(oid: number, format?: 'text' | 'binary'): unknown {
  return oid === pg.types.builtins.INT8 ? safeInteger : pg.types.getTypeParser(oid, format);
}

function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('a bigint column holds more than 2^53');
  return value;
}
