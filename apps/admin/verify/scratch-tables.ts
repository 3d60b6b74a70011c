/**
 * The tables that streams are copied to, to be folded by SQL. Nothing that people wrote stands in them: of their words,
 * and of whole events, there is an MD5 in the shape of a uuid, to be compared with the same of what the read models hold.
 */

/** `schema`: quoted where it must be. */
export const scratchTables = (schema: string, kind: 'unlogged' | 'temporary'): string => `
-- One row an event of CHAT, ACCOUNT and RECEIPT.
create ${kind} table ${schema}.events (
  stream text not null,
  sequence bigint not null,
  index integer not null,
  -- What the subject ends with.
  aggregate_id text not null,
  root text not null,
  type text not null,
  chat_pts bigint not null,
  -- The message it is about.
  about_seq bigint,
  occurred_at_ms bigint not null,
  data jsonb not null,
  digest uuid not null
);

-- One row a decision that carries an idempotency key, and one a deleted message, whose key has no hash any more.
create ${kind} table ${schema}.requests (
  stream text not null,
  sequence bigint not null,
  aggregate_id text not null,
  user_id text not null,
  request_id text not null,
  request_hash text not null,
  decision_id text not null
);

-- One row an entry of a user's log.
create ${kind} table ${schema}.entries (
  stream text not null,
  sequence bigint not null,
  user_id text not null,
  pts bigint not null,
  kind text not null,
  date_ms bigint not null,
  source_stream text not null,
  source_sequence bigint not null,
  source_index integer not null,
  chat_id text,
  chat_pts bigint,
  seq bigint,
  "values" jsonb,
  values_digest uuid,
  commitment text,
  hash text not null
);

-- How far a USER stream's writer says that it has read a source.
create ${kind} table ${schema}.positions (
  stream text not null,
  sequence bigint not null,
  source_stream text not null,
  position bigint not null
);

-- Sequences at which nothing is stored.
create ${kind} table ${schema}.gaps (
  stream text not null,
  first bigint not null,
  last bigint not null
);

-- What cannot be read, by place.
create ${kind} table ${schema}.unreadable (
  stream text not null,
  sequence bigint not null,
  what text not null
);

-- Up to where the tables that are compared have folded each stream.
create ${kind} table ${schema}.upto (
  build text not null,
  stream text not null,
  sequence bigint not null
);
`;

export const scratchColumns = {
  events:
    'stream, sequence, index, aggregate_id, root, type, chat_pts, about_seq, occurred_at_ms, data, digest',
  requests: 'stream, sequence, aggregate_id, user_id, request_id, request_hash, decision_id',
  entries:
    'stream, sequence, user_id, pts, kind, date_ms, source_stream, source_sequence, source_index, ' +
    'chat_id, chat_pts, seq, "values", values_digest, commitment, hash',
  positions: 'stream, sequence, source_stream, position',
  gaps: 'stream, first, last',
  unreadable: 'stream, sequence, what',
} as const;

export type ScratchTable = keyof typeof scratchColumns;

/** Once they are filled: without it the planner takes them for empty. */
export const analyzeScratch = (schema: string): string =>
  `analyze ${Object.keys(scratchColumns)
    .map((table) => `${schema}.${table}`)
    .join(', ')}`;
