/** Where folding was told to rest, or had to stop: seen by every process, and kept over restarts (docs/adr/0025). */
import { sql, type Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(holds).execute(db);
}

const holds = `
create table odnix.holds (
  schema text not null references odnix.builds (schema) on delete cascade,
  stream text not null,
  -- 'paused' by an operator, until resumed; 'stopped' by what cannot be folded, until resumed or tried again.
  state text not null check (state in ('paused', 'stopped')),
  -- Of 'stopped': the first sequence that was not folded.
  sequence bigint,
  -- An operator's reason, or the kind of error: never what stands in the message.
  reason text not null,
  since timestamptz not null default now(),
  primary key (schema, stream)
);
`;
