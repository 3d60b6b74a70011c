/** Servers of a bench's own, and the apps it measures, each a process. Everything is gone when it is over. */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NatsConnection } from '@nats-io/nats-core';
import { openDatabase, type Database } from '#db/database.js';
import { migrate } from '#db/migrate.js';
import { readSnapshot } from '#db/snapshot.js';
import { deriveSecrets, type Secrets } from '#edge/secrets.js';
import { applyTopology } from '#streams/apply-topology.js';
import { connectNats } from '#streams/connection.js';
import { startNatsServer, type NatsServer } from '../../apps/odnix/embedded/nats-server.js';
import { startPostgresServer, type PostgresServer } from '../../apps/odnix/embedded/postgres-server.js';
import { startApp, type AppName, type StartedProcess } from '../../test/support/app-process.js';

/** Everything in one stream of each family: the most that lies between a place in a log and the stream's end. */
export const streamsPerFamily = 1;

const poll_ms = 100;

export class Installation {
  readonly secrets: Secrets;
  private readonly secret = randomBytes(32);
  private readonly apps: StartedProcess[] = [];

  private constructor(
    private readonly profiles: string | undefined,
    private readonly directory: string,
    readonly nats: NatsServer,
    readonly postgres: PostgresServer,
    readonly nc: NatsConnection,
    readonly db: Database,
  ) {
    this.secrets = deriveSecrets(this.secret);
  }

  /** Servers, streams and tables; no app yet. `profiles`: where apps write what they spent their time on. NATS acknowledges before the disk does, or filling it would take an hour. */
  static async start(profiles?: string): Promise<Installation> {
    const directory = mkdtempSync(join(tmpdir(), 'odnix-bench-'));
    // When this runs as root, PostgreSQL's own user must get through.
    chmodSync(directory, 0o711);
    const [nats, postgres] = await Promise.all([
      startNatsServer({ directory: join(directory, 'nats'), fsync: false }),
      startPostgresServer({
        directory: join(directory, 'postgres'),
        password: randomBytes(16).toString('hex'),
      }),
    ]);
    const nc = await connectNats(nats.url, { name: 'bench' });
    await applyTopology(nc, { streamsPerFamily, replicas: 1 });
    await migrate(postgres.url);
    const application = { application: 'bench', connections_max: 4, statement_ms_max: 120_000 };
    const db = openDatabase({ url: postgres.url, ...application });
    return new Installation(profiles, directory, nats, postgres, nc, db);
  }

  async startApp(name: AppName, env: Record<string, string> = {}): Promise<StartedProcess> {
    const app = await startApp(name, {
      ODNIX_SECRET: this.secret.toString('base64url'),
      STREAMS_PER_FAMILY: String(streamsPerFamily),
      // All load comes from one address.
      LIMITS_SCALE: '1000',
      NATS_URL: this.nats.url,
      DATABASE_URL: this.postgres.url,
      ...(this.profiles === undefined ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${this.profiles}` }),
      ...env,
    });
    this.apps.push(app);
    return app;
  }

  /** Until the tables show the streams up to there. */
  async projected(user_log: number, chats: number): Promise<void> {
    const covers = () =>
      readSnapshot(this.db, ['user_log', 'chats'], async (snapshot) => {
        const log = snapshot.coveredTo('user_log', 'USER_0') >= user_log;
        return log && snapshot.coveredTo('chats', 'CHAT_0') >= chats;
      });
    while (!(await covers())) await new Promise((resolve) => setTimeout(resolve, poll_ms));
  }

  async stop(): Promise<void> {
    await Promise.all(this.apps.map((app) => app.stop()));
    await Promise.all([this.nc.close(), this.db.destroy()]);
    await Promise.all([this.nats.stop(), this.postgres.stop()]);
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}
