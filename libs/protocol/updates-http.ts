/** Updates over plain HTTP (`/v1/updates...`): what the query may say, and what is answered. Numbers of a query are text. */
import { isUuid } from '#domain/kernel/ids.js';
import { Field, Integer, isArray, Opaque, Optional } from './fields.js';
import { limits, poll_timeout_ms_max, ticket_chars_max } from './limits.js';
import { UpdatesGetDifferenceParams } from './methods/updates.js';

/** `GET /v1/updates`: answers as `updates.getDifference`. */
export class UpdatesPollQuery extends UpdatesGetDifferenceParams {
  @Optional() @Integer(0, poll_timeout_ms_max) timeout_ms?: number;
}

/** `GET /v1/updates/stream`. */
export class UpdatesStreamQuery {
  @Optional() @Opaque() sync_token?: string;
  @Optional() @Opaque(ticket_chars_max) ticket?: string;
  /** As by `presence.watch`, separated by commas: event streams have no requests. */
  @Optional()
  @Field(
    `1 to ${limits.presence_watch_max} different UUIDs in lower-case text, separated by commas`,
    isIdList,
  )
  presence?: string;
  /** The header; it wins over `sync_token`. */
  @Optional() @Opaque() 'last-event-id'?: string;
}

function isIdList(value: unknown): boolean {
  const ids = typeof value === 'string' ? value.split(',') : [];
  const isList = isArray(ids, 1, limits.presence_watch_max) && ids.every(isUuid);
  return isList && new Set(ids).size === ids.length;
}

/** `POST /v1/updates/ticket`. */
export interface UpdatesTicketAnswer {
  readonly ticket: string;
  readonly expires_in_s: number;
}
