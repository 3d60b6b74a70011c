/**
 * Servers for separate processes to stand on: a NATS of its own and a database, both with a user for each app, and the
 * environment that tells of them.
 */
import { randomBytes } from 'node:crypto';
import { databaseApps, passwordVariableOf, roleOf } from '#db/role-grants.js';
import { launchApp, type AppName } from './app-process.js';
import { freshDatabase, natsUrlOf, startNats, type TestDatabase, type TestNats } from './servers.js';

export type Environment = Record<string, string>;

/** Roles belong to the whole server, which the specs of a run share, several at once: none may give them another password. */
const password = 'test';

export class Installation {
  private constructor(
    readonly nats: TestNats,
    readonly database: TestDatabase,
    private readonly common: Environment,
  ) {}

  /** Nothing is set up in them yet. */
  static async make(users: { readonly streamsPerFamily: number }): Promise<Installation> {
    const [nats, database] = await Promise.all([startNats({ fsync: false, users }), freshDatabase()]);
    return new Installation(nats, database, {
      ODNIX_SECRET: randomBytes(32).toString('base64url'),
      STREAMS_PER_FAMILY: String(users.streamsPerFamily),
    });
  }

  envOf(app: AppName): Environment {
    const NATS_URL = natsUrlOf(this.nats, app);
    if (app === 'gateway') return { ...this.common, NATS_URL };
    const url = new URL(this.database.url);
    url.username = roleOf(app);
    url.password = password;
    return { ...this.common, NATS_URL, DATABASE_URL: url.href };
  }

  get operatorsEnv(): Environment {
    return { ...this.common, NATS_URL: this.nats.url, DATABASE_URL: this.database.url };
  }

  /** By the operator's command, as everybody does it. Throws what it said when it failed. */
  async setUp(): Promise<void> {
    const passwords = Object.fromEntries(databaseApps.map((app) => [passwordVariableOf(app), password]));
    const setup = launchApp('admin', { ...this.operatorsEnv, ...passwords }, ['setup']);
    if ((await setup.exited) !== 0) throw new Error(setup.output());
  }

  async remove(): Promise<void> {
    await Promise.all([this.nats.stop(), this.database.drop()]);
  }
}
