/** A NATS server with one user an app, its streams made, and a connection as each. */
import type { NatsConnection } from '@nats-io/nats-core';
import { applyTopology } from '#streams/apply-topology.js';
import { connectNats } from '#streams/connection.js';
import { apps, type App } from '#streams/permissions.js';
import { natsUrlOf, startNats, type TestNats } from './servers.js';

export interface NatsUsers {
  readonly server: TestNats;
  readonly admin: NatsConnection;
  readonly as: Readonly<Record<App, NatsConnection>>;
  /** What the server would not permit so far, as `publish <subject>` or `subscription <subject>`, in order. */
  readonly denials: Readonly<Record<App, readonly string[]>>;
  stop(): Promise<void>;
}

export async function startNatsUsers(streamsPerFamily: number): Promise<NatsUsers> {
  const server = await startNats({ fsync: false, users: { streamsPerFamily } });
  const admin = await connectNats(server.url, { name: 'admin' });
  await applyTopology(admin, { streamsPerFamily, replicas: 1 });
  const opened = apps.map(
    async (app) => [app, await connectNats(natsUrlOf(server, app), { name: app })] as const,
  );
  const as = Object.fromEntries(await Promise.all(opened)) as Record<App, NatsConnection>;
  const pairs = apps.map((app) => [app, denialsOf(as[app])] as const);
  const stop = async () => {
    await Promise.all([admin, ...Object.values(as)].map((nc) => nc.close()));
    await server.stop();
  };
  return { server, admin, as, denials: Object.fromEntries(pairs) as Record<App, string[]>, stop };
}

function denialsOf(nc: NatsConnection): string[] {
  const denials: string[] = [];
  void (async () => {
    for await (const status of nc.status()) {
      const error = status.type === 'error' ? (status.error as { operation?: string; subject?: string }) : {};
      if (error.operation !== undefined) denials.push(`${error.operation} ${error.subject}`);
    }
  })();
  return denials;
}
