/** How far deleted messages' texts are erased, and no more samples of salts in the planner's statistics (docs/adr/0023). */
import { sql, type Kysely } from 'kysely';
import { chatsV1NoSamples } from '../schemas/chats-v1.js';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(erasure).execute(db);
  const { rows } = await sql<{ schema: string }>`
    select schema from odnix.builds where projection = 'chats' and version = 1`.execute(db);
  for (const { schema } of rows) await sql.raw(chatsV1NoSamples(schema)).execute(db);
}

const erasure = `
-- Every tombstone of the stream up to the sequence is heeded: what it covers is erased there.
create table odnix.erased_streams (
  stream text primary key,
  sequence bigint not null,
  -- The last tombstone among them; 0: there is none.
  last_tombstone bigint not null
);

-- The tables were written anew after every tombstone of the stream up to this one was folded.
create table odnix.erased_builds (
  schema text not null references odnix.builds (schema) on delete cascade,
  stream text not null,
  last_tombstone bigint not null,
  primary key (schema, stream)
);

create table odnix.erasure_sweeps (
  began_at timestamptz primary key,
  ended_at timestamptz not null,
  -- Nothing was left waiting.
  is_whole boolean not null,
  erased integer not null
);
`;
