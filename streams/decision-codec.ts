import { assert } from '#domain/kernel/assert.js';
import { since_max } from '#domain/kernel/decision.js';
import type { Decision, DecisionHeader } from '#domain/kernel/decision.js';
import { StoreDamaged } from './event-store.js';
import type { StoredDecision } from './event-store.js';

/** A stored message's place and bytes, from wherever they were read. */
export interface RawDecision {
  readonly sequence: number;
  readonly subject: string;
  readonly data: Uint8Array;
  readonly timeMs: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** The stored bytes of a decision. Asserts what `decodeDecision` demands, so that nothing unreadable is ever written. */
export function encodeDecision(decision: Decision): Uint8Array {
  assert(isDecision(decision), 'a decision that could not be read again must not be written');
  return encoder.encode(JSON.stringify(decision));
}

/** The reverse. Throws `StoreDamaged`, naming the place and never the content. */
export function decodeDecision(
  stream: string,
  { sequence, subject, data, timeMs }: RawDecision,
): StoredDecision {
  const decision = parsed(data);
  if (!isDecision(decision))
    throw new StoreDamaged(`${stream} ${sequence} does not hold a decision of format 1`);
  return { stream, subject, sequence, stored_at_ms: timeMs, decision };
}

function parsed(data: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(data));
  } catch {
    return undefined;
  }
}

/** The envelope alone; events are checked by their catalogue, where they are folded. */
function isDecision(value: unknown): value is Decision {
  if (!isObject(value)) return false;
  const { format, decision_id, meta, header, events } = value;
  return (
    format === 1 &&
    typeof decision_id === 'string' &&
    isObject(meta) &&
    Number.isSafeInteger(meta['occurred_at_ms']) &&
    isHeader(header) &&
    Array.isArray(events) &&
    events.every((event) => isObject(event) && typeof event['type'] === 'string')
  );
}

function isHeader(value: unknown): value is DecisionHeader {
  if (!isObject(value)) return false;
  const { state_at, since, members_at } = value;
  return (
    Number.isSafeInteger(state_at) &&
    Number.isSafeInteger(members_at) &&
    Array.isArray(since) &&
    since.length <= since_max &&
    since.every(Number.isSafeInteger)
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
