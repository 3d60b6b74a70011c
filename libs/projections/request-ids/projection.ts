/** Which decision an idempotency key led to, folded from CHAT. A key leads to one decision, for ever. */
import type { Selectable } from 'kysely';
import type { InSchema } from '#db/database.js';
import type { ChatEvent } from '#domain/chat/events.js';
import { defineProjection } from '../define-projection.js';
import { RowSet } from '../row-set.js';

export type RequestIdsSchema = 'request_ids_v1';
type RequestIdRow = Selectable<InSchema<RequestIdsSchema>['request_ids']>;
type Requests = RowSet<RequestIdRow, 'user_id' | 'aggregate_id' | 'request_id'>;

export const requestIdsProjection = defineProjection<ChatEvent, Requests>({
  name: 'request_ids',
  version: 1,
  family: 'CHAT',
  tables: ['request_ids'],
  load: (tx, schema, records) => {
    const requests: Requests = new RowSet(schema, {
      name: 'request_ids',
      key: ['user_id', 'aggregate_id', 'request_id'],
    });
    const keys = records.flatMap(({ aggregate_id, decision }) => {
      const user_id = decision?.meta.actor.user_id;
      return user_id && decision.request ? [{ user_id, aggregate_id, request_id: decision.request.id }] : [];
    });
    return requests.load(tx, keys);
  },
  apply: {},
  applyRecord: (requests, { stream, sequence, aggregate_id, decision }) => {
    const user_id = decision?.meta.actor.user_id;
    if (!user_id || !decision.request) return;
    const key = { user_id, aggregate_id, request_id: decision.request.id };
    if (requests.get(key)) return;
    const { decision_id, request } = decision;
    requests.put({ ...key, request_hash: request.hash, stream, sequence, decision_id });
  },
  save: (tx, requests) => requests.save(tx),
});
