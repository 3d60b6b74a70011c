import { hashPartitions } from './hash-partitions.js';

/**
 * Folded from RECEIPT: every step by which a person's mark in a chat went forward, so that of each message it can be told when
 * they had it and when they read it. A mark that came late and moved nothing is no step.
 */
export const receiptsV1 = (schema: string): string => `
create schema ${schema};

create table ${schema}.cursor_moves (
  chat_id uuid not null,
  -- 'read' or 'delivered'.
  kind text not null,
  user_id uuid not null,
  seq bigint not null,
  at_ms bigint not null,
  primary key (chat_id, kind, user_id, seq)
) partition by hash (chat_id);
${hashPartitions(schema, 'cursor_moves')}
`;
