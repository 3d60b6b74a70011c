import type { MessageIdentity } from '#domain/chat/events.js';
import type { MessageRow } from './rows.js';

export type IdentityColumns = Pick<
  MessageRow,
  'seq' | 'client_msg_id' | 'sender_id' | 'sender_device_id' | 'date_ms' | 'reply_to_seq' | 'expires_at_ms'
>;

/** Absent is null in tables and a missing field in events and views. */
export function identityOf(row: IdentityColumns): MessageIdentity {
  const { seq, client_msg_id, sender_id, sender_device_id, date_ms, reply_to_seq, expires_at_ms } = row;
  return {
    seq,
    client_msg_id,
    sender_id,
    sender_device_id,
    date_ms,
    ...(reply_to_seq === null ? {} : { reply_to_seq }),
    ...(expires_at_ms === null ? {} : { expires_at_ms }),
  };
}
