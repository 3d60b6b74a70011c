import { hashPartitions } from './hash-partitions.js';

/** Folded from CHAT: which decision an idempotency key led to, for ever. */
export const requestIdsV1 = (schema: string): string => `
create schema ${schema};

create table ${schema}.request_ids (
  user_id uuid not null,
  aggregate_id uuid not null,
  request_id uuid not null,
  request_hash text not null,
  stream text not null,
  sequence bigint not null,
  decision_id uuid not null,
  primary key (user_id, aggregate_id, request_id)
) partition by hash (user_id);
${hashPartitions(schema, 'request_ids')}
`;
