import { count, list, literal, nullable, optional, ordinal, shape, text } from '../kernel/check.js';
import { parsed } from '../kernel/event-catalogue.js';
import { roleShape } from '../chat/shapes.js';
import { entryKinds, type EntrySource, type EntryValues, type UserLogEntry } from './entry.js';

const entryShape = shape<UserLogEntry>({
  format: literal(1),
  pts: ordinal,
  kind: literal(...entryKinds),
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
      muted_until_ms: optional(nullable(count)),
      archived: optional(literal(true, false)),
      pinned: optional(literal(true, false)),
      seqs: optional(list(ordinal)),
    }),
  ),
  commitment: optional(text),
  hash: text,
});

/** Parsed JSON to an entry. Throws CatalogueError naming the field: a reader stops there and never skips. */
export const readEntry = (value: unknown): UserLogEntry => parsed(entryShape, value);
