/**
 * Where folding rests: one build's one stream, paused by an operator or stopped by what it cannot fold. It stands in Postgres,
 * so that every process and every restart sees the same; projectors look every second.
 */
import type { Kysely } from 'kysely';
import type { CheckpointKey } from './checkpoint.js';
import type { DB } from './tables.js';

export interface Hold extends CheckpointKey {
  readonly state: 'paused' | 'stopped';
  /** Of `stopped`: the first sequence that was not folded. */
  readonly sequence: number | null;
  readonly reason: string;
  readonly since: Date;
}

const reason_chars_max = 500;

export async function listHolds(db: Kysely<DB>): Promise<readonly Hold[]> {
  const rows = await db.selectFrom('odnix.holds').selectAll().orderBy('schema').orderBy('stream').execute();
  return rows.map((row) => ({ ...row, state: row.state === 'paused' ? 'paused' : 'stopped' }));
}

/** Takes the place of `stopped`: a pause lasts until it is taken back. Harmless to repeat. */
export async function pauseFolding(
  db: Kysely<DB>,
  keys: readonly CheckpointKey[],
  why: string,
): Promise<void> {
  const paused = { state: 'paused', sequence: null, reason: why.slice(0, reason_chars_max) };
  await db
    .insertInto('odnix.holds')
    .values(keys.map(({ schema, stream }) => ({ schema, stream, ...paused })))
    .onConflict((conflict) => conflict.columns(['schema', 'stream']).doUpdateSet(paused))
    .execute();
}

/** Leaves a pause as it is, and the time of an earlier stop at the same place. */
export async function tellStopped(
  db: Kysely<DB>,
  { schema, stream }: CheckpointKey,
  sequence: number,
  failure: string,
): Promise<void> {
  const stopped = { state: 'stopped', sequence, reason: failure.slice(0, reason_chars_max) };
  await db
    .insertInto('odnix.holds')
    .values({ schema, stream, ...stopped })
    .onConflict((conflict) =>
      conflict.columns(['schema', 'stream']).doUpdateSet(stopped).where('odnix.holds.state', '=', 'stopped'),
    )
    .execute();
}

/** Resolves with what was held and goes on now. */
export async function resumeFolding(
  db: Kysely<DB>,
  keys: readonly CheckpointKey[],
): Promise<readonly CheckpointKey[]> {
  if (keys.length === 0) return [];
  return db
    .deleteFrom('odnix.holds')
    .where(({ eb, or, and }) =>
      or(keys.map(({ schema, stream }) => and([eb('schema', '=', schema), eb('stream', '=', stream)]))),
    )
    .returning(['schema', 'stream'])
    .execute();
}

/** It was folded after all: after a restart of another release, or when the cause was gone. */
export async function forgetStop(
  db: Kysely<DB>,
  { schema, stream }: CheckpointKey,
  folded: number,
): Promise<void> {
  await db
    .deleteFrom('odnix.holds')
    .where('schema', '=', schema)
    .where('stream', '=', stream)
    .where('state', '=', 'stopped')
    .where('sequence', '<=', folded)
    .execute();
}
