/** Calls that go on, as rows and back. */
import type { Kysely } from 'kysely';
import { callView, type Call, type CallView } from '#domain/chat/call.js';
import { isOneOf } from '../is-one-of.js';
import type { CallRow, ChatsTables } from './rows.js';

export const callRow = (chat_id: string, call: Call): CallRow => ({
  chat_id,
  call_id: call.call_id,
  kind: call.kind,
  state: call.state,
  caller_id: call.caller_id,
  caller_device_id: call.caller_device_id,
  callee_id: call.callee_id,
  callee_device_id: call.callee_device_id ?? null,
  requested_at_ms: call.requested_at_ms,
  accepted_at_ms: call.accepted_at_ms ?? null,
  expires_at_ms: call.expires_at_ms!,
});

/** By chat. */
export async function callsIn(
  tables: Kysely<ChatsTables>,
  chatIds: readonly string[],
): Promise<ReadonlyMap<string, CallView>> {
  if (chatIds.length === 0) return new Map();
  const rows = await tables.selectFrom('calls').selectAll().where(isOneOf('chat_id', chatIds)).execute();
  return new Map(rows.map((row) => [row.chat_id, viewOf(row)]));
}

function viewOf({ chat_id, kind, state, callee_device_id, accepted_at_ms, ...row }: CallRow): CallView {
  return callView(chat_id, {
    ...row,
    kind: kind as Call['kind'],
    state: state as Call['state'],
    ...(callee_device_id !== null && { callee_device_id }),
    ...(accepted_at_ms !== null && { accepted_at_ms }),
  });
}
