import { assert } from '../kernel/assert.js';
import type { DecisionMeta } from '../kernel/decision.js';
import type { NewEvent } from '../kernel/new-event.js';
import { receiptCatalogue } from './catalogue.js';
import { cursors_max, type ReceiptDecision, type ReceiptEvent } from './events.js';

export interface ReceiptParts {
  /** At least one; each moves at most `cursors_max` cursors. */
  readonly events: readonly NewEvent<ReceiptEvent>[];
  readonly decision_id: string;
  /** Makes one UUIDv7 an event. */
  readonly nextId: () => string;
  readonly meta: DecisionMeta;
}

/** Marks that a reader moved, as stored. They are merged by maximum, so nothing is pointed at and nothing is expected. */
export function buildReceiptDecision({ events, decision_id, nextId, meta }: ReceiptParts): ReceiptDecision {
  assert(events.length > 0, 'a receipt moves something');
  for (const { data } of events) {
    assert(!('cursors' in data) || data.cursors.length <= cursors_max, 'more cursors are several decisions');
  }
  return {
    format: 1,
    decision_id,
    meta,
    header: { state_at: 0, since: [], members_at: 0 },
    events: events.map(
      ({ type, data }) =>
        ({
          event_id: nextId(),
          type,
          version: receiptCatalogue[type].version,
          chat_pts: 0,
          data,
        }) as ReceiptEvent,
    ),
  };
}
