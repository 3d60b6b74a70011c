/** Stored bytes to the facts of an audit. */
import { CatalogueError, decodeStored, type AnyEvent, type DecodedDecision } from '#domain/catalogue.js';
import type { StoredEvent } from '#domain/kernel/decision.js';
import type { Cursor } from '#domain/receipt/events.js';
import { StoreDamaged } from '#streams/event-store.js';
import type { StoredMessage } from '#streams/stored-message.js';
import { idOfSubject } from '#streams/subjects.js';
import { decodeEntry } from '#streams/user-stream-message.js';
import type { Audited, EntryFact, EventFact } from './audited.js';
import { shownOf } from './shown-fields.js';

export interface StoredFacts {
  readonly decoded: DecodedDecision;
  readonly facts: readonly EventFact[];
}

/** Events stay in the version in which they were stored: what a later release makes of them changes no hash. */
export function factsOf(stream: string, message: StoredMessage): StoredFacts {
  const decoded = decodedAt(stream, message);
  const { decision, stored } = decoded;
  const { decision_id, meta, request } = decision;
  const { occurred_at_ms, actor, command_id, causation_id, correlation_id, traceparent = null } = meta;
  const facts = (stored ?? decision.events).flatMap((event, index) =>
    partsOf(event).map(({ data, cursor }): EventFact => ({
      is: 'event',
      at: { stream, sequence: message.sequence, index, ...cursor },
      stored_at_ms: message.timeMs,
      occurred_at_ms,
      type: event.type as AnyEvent['type'],
      version: event.version,
      event_id: event.event_id,
      decision_id,
      subject_id: idOfSubject(message.subject),
      chat_pts: event.chat_pts,
      actor,
      command_id,
      causation_id,
      correlation_id,
      traceparent,
      request_id: request?.id ?? null,
      data: shownOf(event.type as AnyEvent['type'], data),
    })),
  );
  return { decoded, facts };
}

function decodedAt(stream: string, { data, sequence }: StoredMessage): DecodedDecision {
  try {
    return decodeStored(data);
  } catch (error) {
    if (!(error instanceof CatalogueError)) throw error;
    throw new StoreDamaged(`${stream} ${sequence}: ${error.message}`, { cause: error });
  }
}

/** Cursors of several chats stand in one event. Each is told by itself, so that an audit of one chat tells nothing of the others. */
function partsOf(event: StoredEvent): { data: unknown; cursor?: { cursor: number } }[] {
  const { cursors, ...rest } = event.data as { readonly cursors?: readonly Cursor[] };
  if (cursors === undefined) return [{ data: event.data }];
  return cursors.map((cursor, index) => ({
    data: { ...rest, cursors: [cursor] },
    cursor: { cursor: index },
  }));
}

/** Of a receipt's fact. */
export const cursorOf = ({ data }: EventFact): Cursor | undefined =>
  (data as { readonly cursors?: readonly [Cursor] }).cursors?.[0];

export const standing = (fact: Audited['fact']): Audited => ({ fact, erased: false });

export function entryFact(stream: string, message: StoredMessage): EntryFact {
  const { user_id, entry } = decodeEntry(message);
  const { pts, kind, date_ms, source, hash } = entry;
  const { chat_id = null, chat_pts = null, seq = null, values = null, commitment = null } = entry;
  return {
    is: 'entry',
    at: { stream, sequence: message.sequence, index: 0 },
    stored_at_ms: message.timeMs,
    user_id,
    pts,
    kind,
    date_ms,
    source,
    chat_id,
    chat_pts,
    seq,
    values,
    commitment,
    log_hash: hash,
  };
}
