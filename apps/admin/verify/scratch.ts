/**
 * A schema of one run's own, gone when the run ends, however it ends: each run holds an advisory lock for as long as its
 * connection lives, and drops the schemas of runs that hold theirs no more.
 */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { scratchTables } from './scratch-tables.js';

const name_pattern = '^verify_[0-9a-f]{12}$';
const random_bytes = 6;

export class Scratch {
  private readonly clients: pg.Client[] = [];

  private constructor(
    private readonly databaseUrl: string,
    private readonly keeper: pg.Client,
    readonly schema: string,
  ) {}

  static async open(databaseUrl: string): Promise<Scratch> {
    const keeper = await connect(databaseUrl);
    const schema = `verify_${randomBytes(random_bytes).toString('hex')}`;
    try {
      await dropLeftovers(keeper);
      await keeper.query('select pg_advisory_lock(hashtextextended($1, 0))', [schema]);
      await keeper.query(`create schema ${schema}; ${scratchTables(schema, 'unlogged')}`);
      return new Scratch(databaseUrl, keeper, schema);
    } catch (error) {
      await keeper.end();
      throw error;
    }
  }

  /** A connection of the run's, closed with it. */
  async connect(): Promise<pg.Client> {
    const client = await connect(this.databaseUrl);
    this.clients.push(client);
    return client;
  }

  /** Whatever its connections are doing fails. */
  async interrupt(): Promise<void> {
    const pids = this.clients.map((client) => (client as unknown as { processID: number }).processID);
    await this.keeper
      .query(
        'select pg_terminate_backend(pid) from pg_stat_activity where pid = any($1) and application_name = $2',
        [pids, application],
      )
      .catch(() => undefined);
  }

  /** Ends its connections, whatever they are doing. */
  async drop(): Promise<void> {
    try {
      await this.interrupt();
      await Promise.all(this.clients.map((client) => client.end().catch(() => undefined)));
      await this.keeper.query(`drop schema if exists ${this.schema} cascade`);
    } finally {
      await this.keeper.end();
    }
  }
}

const application = 'odnix-verify';

export async function connect(databaseUrl: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: application });
  // A connection that is ended while nobody waits for it: whoever uses it next is told.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function dropLeftovers(keeper: pg.Client): Promise<void> {
  const { rows } = await keeper.query<{ name: string }>(
    'select nspname as name from pg_namespace where nspname ~ $1',
    [name_pattern],
  );
  for (const { name } of rows) {
    const lock = await keeper.query<{ free: boolean }>(
      'select pg_try_advisory_lock(hashtextextended($1, 0)) as free',
      [name],
    );
    if (!lock.rows[0]!.free) continue;
    await keeper.query(`drop schema if exists ${name} cascade`);
    await keeper.query('select pg_advisory_unlock(hashtextextended($1, 0))', [name]);
  }
}
