import { count, literal, optional, ordinal, shape, text } from '../kernel/check.js';
import { parsed } from '../kernel/event-catalogue.js';
import { roleShape } from '../chat/shapes.js';
import type { EntrySource, EntryValues, UserLogEntry } from './entry.js';

const entryShape = shape<UserLogEntry>({
  format: literal(1),
  pts: ordinal,
  kind: literal(
    'message.new',
    'message.edited',
    'message.deleted',
    'message.reaction',
    'read.inbox',
    'read.outbox',
    'delivered.outbox',
    'chat.new',
    'chat.changed',
    'chat.members',
    'chat.removed',
    'device.added',
    'device.removed',
  ),
  date_ms: count,
  source: shape<EntrySource>({ stream: text, sequence: ordinal, index: count }),
  chat_id: optional(text),
  chat_pts: optional(count),
  seq: optional(count),
  values: optional(
    shape<EntryValues>({
      read_seq: optional(count),
      visible_from_seq: optional(ordinal),
      role: optional(roleShape),
    }),
  ),
  commitment: optional(text),
  hash: text,
});

/** Parsed JSON to an entry. Throws CatalogueError naming the field: a reader stops there and never skips. */
export const readEntry = (value: unknown): UserLogEntry => parsed(entryShape, value);
