/**
 * Which decision an idempotency key led to, folded from CHAT. A key leads to one decision, for ever; to the one that deleted its
 * message once there is one, so that a table made anew after the message was erased says the same.
 */
import type { Selectable } from 'kysely';
import type { InSchema } from '#db/database.js';
import type { ChatEvent, Tombstoned } from '#domain/chat/events.js';
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
  applyRecord: (requests, { stream, sequence, aggregate_id, events, decision }) => {
    if (!decision) return;
    const place = { stream, sequence, aggregate_id, decision_id: decision.decision_id };
    for (const event of events) {
      if (event.type !== 'Tombstoned' || !isOfPerson(event)) continue;
      requests.put({ ...place, ...keyOf(event), request_hash: '' });
    }
    const { request, meta } = decision;
    if (!meta.actor.user_id || !request) return;
    const key = { user_id: meta.actor.user_id, aggregate_id, request_id: request.id };
    if (!requests.get(key)) requests.put({ ...place, ...key, request_hash: request.hash });
  },
  save: (tx, requests) => requests.save(tx),
});

/** The server's own messages have no key that anybody could repeat. */
const isOfPerson = ({ data }: Tombstoned): boolean => data.message.sender_device_id !== null;

/** Of the message that was deleted: once its own decision is erased, this is all that tells of the key. */
const keyOf = ({ data: { message } }: Tombstoned): Pick<RequestIdRow, 'user_id' | 'request_id'> => ({
  user_id: message.sender_id,
  request_id: message.client_msg_id,
});
