/**
 * Which trace is worked in: spans' contexts, how they travel as W3C `traceparent`, and which one is active. A context is two ids and
 * a flag, made for every request whether or not it is sampled, because the event that comes of it names its trace (I8). What a
 * span tells is another matter: `span.ts`.
 */
import { context, trace, TraceFlags, type SpanContext } from '@opentelemetry/api';
import { randomHex } from './random-ids.js';

export type { SpanContext };

/** The header's name, the same over NATS and HTTP. */
export const traceparentHeader = 'traceparent';

let ratio = 0;

/** How many of the traces that begin here are sampled, from 0 to 1: none, as long as nobody says so. */
export const sampleTraces = (of: number): void => void (ratio = of);

/** The first span of a trace of the server's own: whether the trace is sampled is decided here, and nowhere after. */
export const newTrace = (): SpanContext => ({
  traceId: randomHex(16),
  spanId: randomHex(8),
  traceFlags: Math.random() < ratio ? TraceFlags.SAMPLED : TraceFlags.NONE,
});

export const childOf = ({ traceId, traceFlags }: SpanContext): SpanContext => ({
  traceId,
  spanId: randomHex(8),
  traceFlags,
});

/** In the trace that goes on here, or in a new one. */
export const childOrNew = (parent: SpanContext | undefined): SpanContext =>
  parent === undefined ? newTrace() : childOf(parent);

export const isSampled = (span: SpanContext): boolean => (span.traceFlags & TraceFlags.SAMPLED) !== 0;

/** While `act` runs, and in all that it begins, the span is the active one: its trace's id is in what is logged. */
export const within = <T>(span: SpanContext, act: () => T): T =>
  context.with(trace.setSpanContext(context.active(), span), act);

export const activeSpan = (): SpanContext | undefined => trace.getSpanContext(context.active());

/** For log lines; undefined outside of any request. */
export const activeTraceId = (): string | undefined => activeSpan()?.traceId;

/** Of the active span; where there is none, of a trace that names what belongs together, and of which no span is told. */
export const traceparent = (): string =>
  textOf(activeSpan() ?? { ...newTrace(), traceFlags: TraceFlags.NONE });

export const textOf = ({ traceId, spanId, traceFlags }: SpanContext): string =>
  `00-${traceId}-${spanId}-${isSampled({ traceId, spanId, traceFlags }) ? '01' : '00'}`;

const pattern = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** Undefined for what is none, whoever sent it. */
export function spanOf(text: string | undefined): SpanContext | undefined {
  const [, traceId, spanId, flags] = (text !== undefined && pattern.exec(text)) || [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED };
}

/** Of a sampled trace alone, and without reading the text of the others: for what is met in thousands. */
export const sampledSpanOf = (text: string | undefined): SpanContext | undefined =>
  text?.endsWith('1') === true ? sampledOnly(spanOf(text)) : undefined;

const sampledOnly = (span: SpanContext | undefined): SpanContext | undefined =>
  span !== undefined && isSampled(span) ? span : undefined;
