import { decodeStored } from '#domain/catalogue.js';
import type { ProjectedFamily, ProjectedRecord } from '#projections/define-projection.js';
import type { UserStreamEvent } from '#projections/user-log/rows.js';
import type { StoredMessage } from '#streams/stored-message.js';
import { idOfSubject } from '#streams/subjects.js';
import { decodeUserStreamMessage } from '#streams/user-stream-message.js';

/** Throws on whatever is not what the family's streams hold; its message names the place and never the content. */
export function decodeRecord(
  family: ProjectedFamily,
  stream: string,
  message: StoredMessage,
): ProjectedRecord {
  const { sequence } = message;
  if (family === 'USER') return userRecord(stream, message);
  const { decision, stored } = decodeStored(message.data);
  const aggregate_id = idOfSubject(message.subject);
  return { stream, sequence, aggregate_id, events: decision.events, decision, ...(stored ? { stored } : {}) };
}

function userRecord(stream: string, message: StoredMessage): ProjectedRecord<UserStreamEvent> {
  const { sequence } = message;
  const decoded = decodeUserStreamMessage(stream, message);
  if (decoded.kind === 'position') {
    const { positions } = decoded.position;
    const saved = { type: 'PositionSaved', positions } as const;
    return { stream, sequence, aggregate_id: stream, decision: null, events: [saved] };
  }
  const appended = { type: 'EntryAppended', entry: decoded.entry } as const;
  return { stream, sequence, aggregate_id: decoded.user_id, decision: null, events: [appended] };
}
