import { accountCatalogue } from './account/catalogue.js';
import type { AccountEvent, ContactEvent, PhoneEvent } from './account/events.js';
import { chatCatalogue } from './chat/catalogue.js';
import type { ChatEvent } from './chat/events.js';
import { memberShape } from './chat/shapes.js';
import {
  anything,
  integer,
  list,
  literal,
  nullable,
  optional,
  shape,
  count,
  text,
  isRecord,
  type Check,
} from './kernel/check.js';
import type {
  Actor,
  Decision,
  DecisionHeader,
  DecisionMeta,
  RequestMark,
  StoredEvent,
} from './kernel/decision.js';
import { CatalogueError, parsed, readEvent, type Catalogue } from './kernel/event-catalogue.js';
import { receiptCatalogue } from './receipt/catalogue.js';
import type { ReceiptEvent } from './receipt/events.js';

export { CatalogueError } from './kernel/event-catalogue.js';

export type AnyEvent = ChatEvent | AccountEvent | ContactEvent | PhoneEvent | ReceiptEvent;

/** Every event that may stand in any aggregate's stream. An event that is missing here does not compile. */
export const catalogue = {
  ...chatCatalogue,
  ...accountCatalogue,
  ...receiptCatalogue,
} satisfies Catalogue<AnyEvent>;

/**
 * Stored bytes to a decision, every event as today's version. Throws CatalogueError for whatever cannot be decoded: a
 * reader stops there and never skips. What aggregates keep in `state` is checked where it is restored.
 */
export const decodeDecision = (bytes: Uint8Array): Decision => decodeStored(bytes).decision;

/** For whoever keeps events as they are stored; `stored` is absent when all of them are of their present version. */
export interface DecodedDecision {
  readonly decision: Decision;
  readonly stored?: readonly StoredEvent[];
}

export const decodeStored = (bytes: Uint8Array): DecodedDecision => readStored(parseJson(bytes));

function readStored(value: unknown): DecodedDecision {
  const read = parsed(envelopeShape, value);
  const events = read.events.map((event) => readEvent<AnyEvent>(catalogue, event));
  const isPresent = events.every((event, index) => event === read.events[index]);
  return { decision: { ...read, events }, ...(isPresent ? {} : { stored: read.events }) };
}

/** The reverse. Throws CatalogueError for what `decodeDecision` would not read: it must not be stored. */
export function encodeDecision(decision: Decision): Uint8Array {
  parsed(envelopeShape, decision);
  for (const event of decision.events) {
    if (readEvent<AnyEvent>(catalogue, event) !== event) {
      throw new CatalogueError(`${event.type} is not written in its present version`);
    }
  }
  return encoder.encode(JSON.stringify(decision));
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** The parser's own error quotes the text, so it is not passed on. */
function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    throw new CatalogueError('value is not JSON in UTF-8');
  }
}

const record: Check<unknown> = (value) => (isRecord(value) ? null : ' is not an object');

const envelopeShape = shape<Decision>({
  format: literal(1),
  decision_id: text,
  meta: shape<DecisionMeta>({
    occurred_at_ms: count,
    actor: shape<Actor>({ user_id: nullable(text), device_id: nullable(text) }),
    command_id: text,
    causation_id: text,
    correlation_id: text,
    traceparent: optional(text),
  }),
  request: optional(shape<RequestMark>({ id: text, hash: text })),
  header: shape<DecisionHeader>({
    state_at: integer,
    since: list(integer),
    members_at: integer,
    channel: optional(literal(true)),
  }),
  events: list(anything) as Check<Decision['events']>,
  state: optional(record),
  members: optional(list(memberShape)),
});
