/**
 * What messages can be found by, folded from CHAT. Of a message that is deleted, or whose words nobody but its readers knows,
 * nothing stands here. An event that the chat's head shows already (`chat_pts`) changes nothing.
 */
import type { Selectable } from 'kysely';
import type { InSchema } from '#db/database.js';
import type { Body, ChatEvent, MessageEdited, MessageSent } from '#domain/chat/events.js';
import { defineProjection } from '../define-projection.js';
import { RowSet } from '../row-set.js';
import { tsvectorOf } from './lexemes.js';
import { searchedText } from './searched-text.js';
import { wordsOf } from './words.js';

export type SearchSchema = 'search_v1';
export type SearchTables = InSchema<SearchSchema>;
type MessageRow = Selectable<SearchTables['message_words']>;
type HeadRow = Selectable<SearchTables['heads']>;

interface SearchRows {
  readonly messages: RowSet<MessageRow, 'chat_id' | 'seq'>;
  readonly heads: RowSet<HeadRow, 'chat_id'>;
}

export const searchProjection = defineProjection<ChatEvent, SearchRows>({
  name: 'search',
  version: 1,
  family: 'CHAT',
  tables: ['message_words', 'heads'],
  load: async (tx, schema, records) => {
    const messages: SearchRows['messages'] = new RowSet(schema, {
      name: 'message_words',
      key: ['chat_id', 'seq'],
    });
    const heads: SearchRows['heads'] = new RowSet(schema, { name: 'heads', key: ['chat_id'] });
    return {
      messages,
      heads: await heads.load(
        tx,
        records.map(({ aggregate_id }) => ({ chat_id: aggregate_id })),
      ),
    };
  },
  apply: {
    MessageSent: (rows, event, { aggregate_id }) => written(rows, aggregate_id, event),
    MessageEdited: (rows, event, { aggregate_id }) => written(rows, aggregate_id, event),
    Tombstoned: (rows, { chat_pts, data }, { aggregate_id: chat_id }) => {
      if (isNew(rows, chat_id, chat_pts)) rows.messages.remove({ chat_id, seq: data.message.seq });
    },
  },
  save: async (tx, { messages, heads }) => {
    await messages.save(tx);
    await heads.save(tx);
  },
});

function written(rows: SearchRows, chat_id: string, { chat_pts, data }: MessageSent | MessageEdited): void {
  if (!isNew(rows, chat_id, chat_pts)) return;
  const { seq, sender_id, date_ms } = data.message;
  const words = tsvectorOf(chat_id, wordsOf(searchedText(data.body.content as Body['content'])));
  if (words === null) rows.messages.remove({ chat_id, seq });
  else rows.messages.put({ chat_id, seq, sender_id, date_ms, words });
}

/** From now on it is not. */
function isNew({ heads }: SearchRows, chat_id: string, chat_pts: number): boolean {
  const before = heads.get({ chat_id });
  if (before && chat_pts <= before.chat_pts) return false;
  heads.put({ chat_id, chat_pts });
  return true;
}
