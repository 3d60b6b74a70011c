/**
 * The spans of a message's way behind its decision: timeline, announce, push, ack, read. The first ones go on in the message's trace;
 * acks and reads are frames with traces of their own, which cover many messages: those are linked, and the one that the
 * cursor ends on has a child in its own trace as well, because nobody who looks at a message looks for what links to it.
 */
import { SpanKind } from '@opentelemetry/api';
import { ended, isKept } from './span.js';
import { about, messaging, type About } from './span-attributes.js';
import { childOf, isSampled, type SpanContext } from './trace.js';

/** Of a span. More causes are counted in an attribute. */
const links_max = 64;

export interface Written {
  /** Of the stream that the entries' source stands in. */
  readonly family: string;
  readonly readMs: number;
  readonly endMs: number;
  readonly entries: number;
  /** Stored by another writer, which may have told of it as well. */
  readonly isAgain: boolean;
  readonly of: About;
}

/** A source's entries in one USER stream, from its reading to the store's acknowledgement. */
export function timelineEnded(
  parent: SpanContext,
  { family, readMs, endMs, entries, isAgain, of }: Written,
): SpanContext {
  const span = childOf(parent);
  const again = isAgain ? { 'odnix.redelivered': true } : {};
  const attributes = {
    ...messaging('timeline', 'process', family),
    'odnix.entries': entries,
    ...again,
    ...about(of),
  };
  ended({
    name: `timeline ${family}`,
    kind: SpanKind.CONSUMER,
    span,
    parent,
    startMs: readMs,
    endMs,
    attributes,
  });
  return span;
}

export interface Announced {
  readonly startMs: number;
  readonly to: 'live.user' | 'live.chat';
  readonly recipients: number;
  readonly isAgain: boolean;
  readonly of: About;
}

/** `span`: by which it was announced. */
export function announceEnded(
  span: SpanContext,
  parent: SpanContext,
  { startMs, to, recipients, isAgain, of }: Announced,
): void {
  const again = isAgain ? { 'odnix.redelivered': true } : {};
  const attributes = {
    ...messaging('announce', 'send', to),
    'odnix.recipients': recipients,
    ...again,
    ...about(of),
  };
  ended({ name: `announce ${to}`, kind: SpanKind.PRODUCER, span, parent, startMs, attributes });
}

export interface Pushed {
  readonly heardMs: number;
  readonly update: string;
  readonly transport: string;
  readonly from: 'live.user' | 'live.chat';
  readonly of: About;
}

/** To one device: from the announcement's coming to its being written to the socket. */
export function pushEnded(
  parent: SpanContext,
  { heardMs, update, transport, from, of }: Pushed,
): SpanContext {
  const span = childOf(parent);
  const what = { 'odnix.update': update, 'odnix.transport': transport };
  const attributes = { ...messaging('push', 'process', from), ...what, ...about(of) };
  ended({ name: `push ${update}`, kind: SpanKind.CONSUMER, span, parent, startMs: heardMs, attributes });
  return span;
}

/** Of a log that a device was behind in: a slice that was read and written to the socket, in a trace of its own. */
export function catchUpEnded(span: SpanContext, startMs: number, updates: number, of: About): void {
  if (!isKept(span)) return;
  const attributes = { 'odnix.updates': updates, ...about(of) };
  ended({ name: 'catch up', kind: SpanKind.INTERNAL, span, startMs, attributes });
}

export interface Cursor {
  readonly startMs: number;
  /** What moved the cursor; undefined outside of any request. */
  readonly by: SpanContext | undefined;
  /** Spans of sampled traces alone. */
  readonly covered: readonly SpanContext[];
  /** The one that the cursor ends on, when it is known and sampled. */
  readonly last: SpanContext | undefined;
  readonly of: About;
}

/** `updates.ack`: everything up to there is on the device. */
export const ackEnded = (cursor: Cursor): void => cursorEnded('ack', 'updates', 'live.user', cursor);

/** `messages.read`: everything up to there is read. */
export const readEnded = (cursor: Cursor): void => cursorEnded('read', 'messages', 'RECEIPT', cursor);

function cursorEnded(
  operation: 'ack' | 'read',
  what: string,
  destination: string,
  { startMs, by, covered, last, of }: Cursor,
): void {
  const attributes = { ...messaging(operation, 'settle', destination), ...about(of) };
  const kind = SpanKind.INTERNAL;
  const isTold = isKept(by);
  if (isTold) {
    const counted = { ...attributes, 'odnix.covered': covered.length };
    const links = covered.slice(-links_max);
    const name = `${operation} ${what}`;
    ended({ name, kind, span: childOf(by), parent: by, startMs, attributes: counted, links });
  }
  if (!isKept(last)) return;
  const links = by !== undefined && isSampled(by) ? [by] : [];
  ended({ name: operation, kind, span: childOf(last), parent: last, startMs, attributes, links });
}

export interface Folded {
  readonly startMs: number;
  readonly projection: string;
  readonly schema: string;
  readonly stream: string;
  readonly fromSequence: number;
  readonly toSequence: number;
  readonly records: number;
}

const foldedAttributes = ({ projection, schema, stream, fromSequence, toSequence, records }: Folded) => ({
  'odnix.projection': projection,
  'odnix.schema': schema,
  'odnix.stream': stream,
  'odnix.from_stream_seq': fromSequence,
  'odnix.to_stream_seq': toSequence,
  'messaging.batch.message_count': records,
});

/** A batch of one read model, one transaction, of which each sampled cause has a child in its own trace. */
export function projectEnded(
  batch: SpanContext,
  causes: readonly SpanContext[],
  folded: Folded,
  error?: string,
): void {
  if (!isKept(batch, error)) return;
  const { projection, startMs, stream } = folded;
  const attributes = { ...foldedAttributes(folded), 'odnix.causes': causes.length };
  const links = causes.slice(0, links_max);
  const name = `fold ${projection}`;
  ended({ name, kind: SpanKind.INTERNAL, span: batch, startMs, attributes, links, error });
  if (error !== undefined) return;
  const own = {
    ...messaging('project', 'process', stream.replace(/_\d+$/, '')),
    'odnix.projection': projection,
    'odnix.stream': stream,
  };
  for (const parent of causes) {
    const what = { name: `project ${projection}`, kind: SpanKind.CONSUMER, span: childOf(parent), parent };
    ended({ ...what, startMs, attributes: own, links: [batch] });
  }
}

/** A batch of a build that is being filled: the one trace of the whole rebuild, and nothing in those of what it folds. */
export function rebuildEnded(span: SpanContext, folded: Folded, error?: string): void {
  if (!isKept(span, error)) return;
  const { projection, startMs } = folded;
  const name = `rebuild ${projection}`;
  ended({ name, kind: SpanKind.INTERNAL, span, startMs, attributes: foldedAttributes(folded), error });
}
