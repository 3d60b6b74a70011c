/** Answers of reads: at least what the session had seen, and nothing that is not so. */
import type { ChatEvent } from './chat-record.js';
import type { OperationRecord } from '../records.js';
import type { Findings } from './findings.js';
import { textOf, type Truth } from './truth.js';

interface ReadMessage {
  readonly seq: number;
  readonly sender_id: string;
  readonly client_msg_id: string;
  readonly text?: string;
}

/** A page of the latest messages: its last is not below what was seen. */
export function checkCovers({ params, device, result, seen_seq }: OperationRecord, findings: Findings): void {
  if (seen_seq === undefined || result?.['last_seq'] === undefined) return;
  const last = Number(result['last_seq']);
  const detail = () => `${device} had seen ${seen_seq} of ${String(params.chat_id)} and read ${last}`;
  findings.expect('read_covers', last >= seen_seq, detail);
}

/** Marks in an answer are not behind those that the session had been sent. */
export function checkMarks(
  { params, device, result, seen_marks }: OperationRecord,
  findings: Findings,
): void {
  for (const [name, seq] of Object.entries(seen_marks ?? {})) {
    const answered = Number(result?.[name]);
    const detail = () =>
      `${device} had seen ${name} ${seq} of ${String(params.chat_id)} and read ${answered}`;
    findings.expect('read_covers', answered >= seq, detail);
  }
}

export function checkReadIsTrue(
  { params, device, result }: OperationRecord,
  events: readonly (ChatEvent | undefined)[],
  truth: Truth,
  findings: Findings,
): void {
  const standing = messagesOf(events);
  for (const message of (result?.['messages'] ?? []) as readonly ReadMessage[]) {
    const event = standing.get(message.seq);
    const isThat = event?.by === message.sender_id && event.client_msg_id === message.client_msg_id;
    const about = { chat_id: params.chat_id, ...message };
    const isTrue = isThat && (message.text === undefined || truth.mayShow(about, message.text));
    const detail = () => `${device} read seq ${message.seq} of ${String(params.chat_id)} as it never was`;
    findings.expect('read_true', isTrue, detail);
  }
}

const cache = new WeakMap<object, Map<number, ChatEvent>>();

function messagesOf(events: readonly (ChatEvent | undefined)[]): Map<number, ChatEvent> {
  let messages = cache.get(events);
  if (messages === undefined) {
    const sent = events.filter((event) => event?.type === 'message.new') as ChatEvent[];
    cache.set(events, (messages = new Map(sent.map((event) => [event.seq!, event]))));
  }
  return messages;
}

/** What is kept of a message in a recorded answer. */
export function readMessage(message: { readonly [field: string]: unknown }): ReadMessage {
  const text = textOf(message['content']);
  return {
    seq: Number(message['seq']),
    sender_id: String(message['sender_id']),
    client_msg_id: String(message['client_msg_id']),
    ...(text === undefined ? {} : { text }),
  };
}
