/** What the whole system holds at a moment of a soak. */
import { sql } from 'kysely';
import { rssMbOf } from '../support/proc.js';
import { behind } from '../support/stored.js';
import type { System } from '../support/system.js';

export interface Sample {
  readonly at_s: number;
  /** By process. */
  readonly rss_mb: Readonly<Record<string, number>>;
  readonly heap_mb: Readonly<Record<string, number>>;
  readonly handles: Readonly<Record<string, number>>;
  /** Of all NATS nodes together. */
  readonly subscriptions: number;
  readonly nats_connections: number;
  readonly postgres_connections: number;
  /** Messages that the read models do not show. */
  readonly behind: number;
}

export async function sampled(system: System, startMs: number): Promise<Sample> {
  const { apps, probes, servers } = system;
  const lines = apps.map(({ name, pid }) => [name, probes.lines(pid).at(-1)] as const);
  const nats = await Promise.all(servers.nats.map(({ monitorUrl }) => varz(monitorUrl!)));
  const sum = (which: keyof Varz) => nats.reduce((all, one) => all + one[which], 0);
  return {
    at_s: (performance.now() - startMs) / 1_000,
    rss_mb: Object.fromEntries(
      system.metered.filter(({ isFamily }) => !isFamily).map(({ name, pid }) => [name, rssMbOf(pid)]),
    ),
    heap_mb: Object.fromEntries(lines.map(([name, line]) => [name, line?.heap_mb ?? Number.NaN])),
    handles: Object.fromEntries(lines.map(([name, line]) => [name, total(line?.handles ?? {})])),
    subscriptions: sum('subscriptions'),
    nats_connections: sum('connections'),
    postgres_connections: await postgresConnections(system),
    behind: await behind(system),
  };
}

interface Varz {
  readonly subscriptions: number;
  readonly connections: number;
}

async function varz(monitorUrl: string): Promise<Varz> {
  const response = await fetch(`${monitorUrl}/varz`);
  return (await response.json()) as Varz;
}

async function postgresConnections({ db }: System): Promise<number> {
  const { rows } = await sql<{ count: string }>`
    select count(*) from pg_stat_activity where backend_type = 'client backend'`.execute(db);
  return Number(rows[0]!.count);
}

/** Timers come and go by themselves. */
const total = (handles: Readonly<Record<string, number>>): number =>
  Object.entries(handles)
    .filter(([name]) => name !== 'Timeout' && name !== 'Immediate')
    .reduce((sum, [, count]) => sum + count, 0);
