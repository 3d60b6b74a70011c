import { hashPartitions } from './hash-partitions.js';

/**
 * Folded from CHAT: what messages can be found by. `words` begins each lexeme with a part of the chat's id (ADR 42), so the GIN
 * index is read chat by chat. The key begins with `seq`, or the planner would take it for finding a chat's messages and compare
 * every one of them. The index takes new lexemes at once: a list of pending ones would be read by each search, once a chat.
 *
 * The planner's statistics would hold the most common words.
 */
export const searchV1 = (schema: string): string => `
create schema ${schema};

create table ${schema}.message_words (
  chat_id uuid not null,
  seq bigint not null,
  sender_id uuid not null,
  date_ms bigint not null,
  words tsvector not null,
  primary key (seq, chat_id)
) partition by hash (chat_id);
${hashPartitions(schema, 'message_words')}
alter table ${schema}.message_words alter column words set statistics 0;
create index message_words_found on ${schema}.message_words using gin (words) with (fastupdate = off);

-- The chat's last folded event about a message, so a replay is told at once.
create table ${schema}.heads (
  chat_id uuid primary key,
  chat_pts bigint not null
) with (fillfactor = 70);
`;
