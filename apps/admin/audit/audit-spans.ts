/**
 * An audit's facts as spans, each with the ids that follow from what it tells of: written again they are the same spans. What is about
 * one message is one trace, whoever asks for it; the rest of a chat, or of a user, is one trace a day (of UTC).
 */
import { createHash } from 'node:crypto';
import { about } from '#observability/span-attributes.js';
import type { HistorySpan } from '#observability/export-history.js';
import { factHash, type Audited, type EventFact, type Fact } from './audited.js';
import { seqIn } from './chat-outline.js';
import { cursorOf } from './event-facts.js';
import type { Head } from './chain.js';

/** What was asked: of a message all facts are in its trace, whatever else they are about. */
export interface AskedOf {
  readonly of: Head['of'];
  /** Of the chat or the user. */
  readonly id: string;
  readonly seq?: number;
}

export function spanOf(asked: AskedOf, { fact, erased }: Audited): HistorySpan {
  const seq = asked.of === 'message' ? asked.seq : seqOf(fact);
  const chat_id = asked.of === 'user' ? chatOf(fact) : asked.id;
  const isOfMessage = seq !== undefined && chat_id !== undefined && asked.of !== 'user';
  const day = new Date(fact.stored_at_ms).toISOString().slice(0, 10);
  const traceId = idFrom(16, isOfMessage ? `message ${chat_id} ${seq}` : `${asked.of} ${asked.id} ${day}`);
  const sending = idFrom(8, `${traceId} sending`);
  const isSending = fact.is === 'event' && fact.type === 'MessageSent' && isOfMessage;
  const { stream, sequence, index, cursor } = fact.at;
  const startMs = 'occurred_at_ms' in fact ? fact.occurred_at_ms : fact.stored_at_ms;
  return {
    traceId,
    spanId: isSending ? sending : idFrom(8, `${traceId} ${stream} ${sequence} ${index} ${cursor ?? ''}`),
    ...(isOfMessage && !isSending ? { parentId: sending } : {}),
    name: nameOf(fact),
    startMs,
    // Two clocks: of a handler and of the store.
    endMs: Math.max(startMs, fact.stored_at_ms),
    isError: fact.is === 'refusal',
    ...('traceparent' in fact && fact.traceparent !== null ? { link: fact.traceparent } : {}),
    attributes: {
      ...about({ ...who(fact), chat_id, seq: seq ?? null }),
      'odnix.at': `${stream}:${sequence}`,
      'odnix.fact_hash': factHash(fact),
      ...(erased ? { 'odnix.erased': true } : {}),
      ...(fact.is === 'refusal' ? { 'error.type': fact.code, 'rpc.method': fact.method } : {}),
    },
  };
}

const idFrom = (bytes: number, text: string): string =>
  createHash('sha256')
    .update(`odnix audit ${text}`)
    .digest('hex')
    .slice(0, bytes * 2);

function nameOf(fact: Fact): string {
  switch (fact.is) {
    case 'event':
      return fact.type;
    case 'entry':
      return `log ${fact.kind}`;
    case 'refusal':
      return 'refused';
    case 'gap':
      return 'erased';
  }
}

function who(fact: Fact): Readonly<Record<string, unknown>> {
  if (fact.is === 'gap') return {};
  if (fact.is === 'entry') return { user_id: fact.user_id, pts: fact.pts };
  const { actor, command_id } = fact;
  const pts = fact.is === 'event' ? fact.data['pts'] : undefined;
  return { ...actor, command_id, pts };
}

/** The one message that a fact is about. */
function seqOf(fact: Fact): number | undefined {
  if (fact.is === 'event') return seqIn(fact);
  if (fact.is === 'refusal') return fact.seqs.length === 1 ? fact.seqs[0] : undefined;
  return fact.is === 'entry' ? (fact.seq ?? undefined) : undefined;
}

function chatOf(fact: Fact): string | undefined {
  if (fact.is === 'entry') return fact.chat_id ?? undefined;
  return fact.is === 'event' ? chatOfEvent(fact) : undefined;
}

const chatOfEvent = (fact: EventFact): string | undefined =>
  cursorOf(fact)?.chat_id ?? (fact.data['chat_id'] as string | undefined);
