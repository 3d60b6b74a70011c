import type { NatsConnection } from '@nats-io/nats-core';
import { sql } from 'kysely';
import type { Database } from '#db/database.js';
import { edgeChecks } from '#edge/edge-checks.js';
import { down, ok, type Checks, type Dependency } from '#process/readiness.js';
import { postgresCheck, readModelsCheck } from '#process/server-checks.js';
import { families } from '#streams/subjects.js';
import { timelineCheck } from './timeline-check.js';

const info_ms_max = 2_000;
/** Further behind than this, queries about what was just seen time out. */
const projector_lag_messages_max = 10_000;

/** Whether everything that a request may need answers now: the health of a whole system. */
export function systemChecks(nats: NatsConnection, db: Database, streamsPerFamily: number): Checks {
  const lasts = () => lastSequences(nats, streamsPerFamily);
  const userStreams = Array.from({ length: streamsPerFamily }, (_, index) => `USER_${index}`);
  const { nats: natsAnswers, ...behind } = edgeChecks(nats);
  return {
    required: {
      nats: natsAnswers,
      postgres: postgresCheck(db),
      readModels: readModelsCheck(db),
      streams: async () => allThere(await lasts()),
      ...behind,
      timeline: async () => timelineCheck(nats, userStreams, await lasts()),
      projector: () => projectorLag(db, lasts),
    },
  };
}

/** By stream; null: there is no such stream. */
type LastSequences = ReadonlyMap<string, number | null>;

function allThere(lasts: LastSequences): Dependency {
  const missing = [...lasts].filter(([, last]) => last === null);
  return missing.length === 0 ? ok : down(`missing: ${missing.map(([stream]) => stream).join(', ')}`);
}

async function projectorLag(db: Database, lastSequences: () => Promise<LastSequences>): Promise<Dependency> {
  const [lasts, { rows }] = await Promise.all([
    lastSequences(),
    sql<{ stream: string; sequence: number }>`
      select c.stream, min(c.sequence) as sequence
      from odnix.checkpoints c join odnix.projections p on p.live_schema = c.schema
      group by c.stream
    `.execute(db),
  ]);
  const lags = rows.map(({ stream, sequence }) => (lasts.get(stream) ?? 0) - sequence);
  const lag = Math.max(0, ...lags);
  return lag <= projector_lag_messages_max ? ok : down(`${lag} messages behind`);
}

async function lastSequences(nats: NatsConnection, streamsPerFamily: number): Promise<LastSequences> {
  const names = families.flatMap((family) =>
    Array.from({ length: streamsPerFamily }, (_, index) => `${family}_${index}`),
  );
  const infos = names.map(async (name) => {
    const answer = await nats.request(`$JS.API.STREAM.INFO.${name}`, '', { timeout: info_ms_max });
    return [name, answer.json<{ state?: { last_seq: number } }>().state?.last_seq ?? null] as const;
  });
  return new Map(await Promise.all(infos));
}
