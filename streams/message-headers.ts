import { headers } from '@nats-io/nats-core';
import type { MsgHdrs, NatsConnection } from '@nats-io/nats-core';

const protocol_line_bytes = 'NATS/1.0\r\n\r\n'.length;
const line_overhead_bytes = ': \r\n'.length;

/** A message to be published: the header values are plain text; ours and JetStream's own share one space. */
export interface OutgoingMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  /** The stream sequence that must be this subject's last: 0 for none yet. */
  readonly expectedLastSubjectSequence?: number;
  /** Refused as a duplicate when the stream met it within its duplicate window. */
  readonly msgId?: string;
}

/** All headers of a message as one record: the caller's, and those that carry the store's conditions. */
export function headersOf(message: OutgoingMessage): Record<string, string> {
  const all: Record<string, string> = { ...message.headers };
  if (message.msgId !== undefined) all['Nats-Msg-Id'] = message.msgId;
  if (message.expectedLastSubjectSequence !== undefined) {
    all['Nats-Expected-Last-Subject-Sequence'] = String(message.expectedLastSubjectSequence);
  }
  return all;
}

export function encodeHeaders(record: Readonly<Record<string, string>>): MsgHdrs {
  const encoded = headers();
  for (const [name, value] of Object.entries(record)) encoded.set(name, value);
  return encoded;
}

/** Whether the server would take it: asked before the first message of a batch, so that none is left open. */
export function fits(
  nc: NatsConnection,
  data: Uint8Array,
  record: Readonly<Record<string, string>>,
): boolean {
  let bytes = data.length + protocol_line_bytes;
  for (const [name, value] of Object.entries(record)) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value) + line_overhead_bytes;
  }
  return bytes <= (nc.info?.max_payload ?? Number.POSITIVE_INFINITY);
}
