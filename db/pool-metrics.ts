/** What pools of connections to Postgres tell: how many are used, who waits for one, and how long queries take. */
import type { LogEvent } from 'kysely';
import type pg from 'pg';
import { histogram, observe } from '#observability/metrics.js';

interface Watched {
  readonly pool: pg.Pool;
  readonly application: string;
}

const open = new Set<Watched>();
const live = (): Watched[] => {
  for (const one of open) if (one.pool.ended) open.delete(one);
  return [...open];
};

/** Until it has ended. */
export const watchPool = (pool: pg.Pool, application: string): void => void open.add({ pool, application });

observe('odnix.postgres.connections', () =>
  live().flatMap(({ application, pool: { totalCount, idleCount } }) => [
    [{ application, state: 'used' } as const, totalCount - idleCount],
    [{ application, state: 'idle' } as const, idleCount],
  ]),
);
observe('odnix.postgres.connections.max', () =>
  live().map(({ application, pool }) => [{ application }, pool.options.max]),
);
observe('odnix.postgres.waiting', () =>
  live().map(({ application, pool }) => [{ application }, pool.waitingCount]),
);

const kinds = {
  SelectQueryNode: 'select',
  InsertQueryNode: 'insert',
  UpdateQueryNode: 'update',
  DeleteQueryNode: 'delete',
  RawNode: 'raw',
} as const;

/** Told of each query by Kysely; neither its text nor what it holds is looked at. */
export const queryMeasure =
  (application: string) =>
  ({ level, query, queryDurationMillis }: LogEvent): void => {
    const { kind: node } = query.query;
    const kind = Object.hasOwn(kinds, node) ? kinds[node as keyof typeof kinds] : 'other';
    const outcome = level === 'query' ? 'ok' : 'failed';
    histogram('odnix.postgres.query.duration.seconds', { application, kind, outcome }).record(
      queryDurationMillis / 1_000,
    );
  };
