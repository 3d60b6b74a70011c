/** The spans of a request's way: frame, command, decide, append; frame, query, answer. */
import { SpanKind } from '@opentelemetry/api';
import { ended, isKept } from './span.js';
import { about, messaging, rpc, type About } from './span-attributes.js';
import { childOf, sampledSpanOf, type SpanContext } from './trace.js';

/** A span under way. */
export interface Step {
  readonly span: SpanContext;
  readonly parent?: SpanContext | undefined;
  readonly startMs: number;
}

export const step = (span: SpanContext, parent?: SpanContext): Step => ({
  span,
  parent,
  startMs: performance.now(),
});

/** What somebody has answered: a code of the catalogue when it is a refusal. */
export type Told = { readonly error: { readonly code: string } } | { readonly result: object };

export const codeOf = (told: Told): string | undefined => ('error' in told ? told.error.code : undefined);

export type Transport = 'websocket' | 'http' | 'sse' | 'poll';

export interface Http {
  readonly method: string;
  /** The pattern, not what was asked. */
  readonly route: string;
  readonly status: number;
}

/** Of HTTP requests that went well, and brought what was refused. */
const refusedWithin = new WeakMap<SpanContext, string>();

/** An HTTP request, which may bring one frame or several, or be a stream of updates as long as it lasts. */
export function httpEnded(
  { span, startMs }: Step,
  { method, route, status }: Http,
  client: SpanContext | undefined,
): void {
  const refused = status === 429 ? 'RATE_LIMITED' : String(status);
  const error = status < 400 ? refusedWithin.get(span) : refused;
  if (!isKept(span, error)) return;
  const attributes = {
    'http.request.method': method,
    'http.route': route,
    'http.response.status_code': status,
  };
  const links = client === undefined ? [] : [client];
  ended({ name: `${method} ${route}`, kind: SpanKind.SERVER, span, startMs, attributes, links, error });
}

/** `method`: one that there is. `client`: what the client calls its own trace, which is never continued. */
export function frameEnded(
  { span, parent, startMs }: Step,
  method: string,
  transport: Transport,
  who: About,
  told: Told,
  client: SpanContext | undefined,
): void {
  const error = codeOf(told);
  if (!isKept(span, error)) return;
  if (error !== undefined && parent !== undefined) refusedWithin.set(parent, error);
  const attributes = { ...rpc(method), 'odnix.transport': transport, ...about(who) };
  const links = client === undefined ? [] : [client];
  const name = `frame ${method}`;
  ended({ name, kind: SpanKind.SERVER, span, parent, startMs, attributes, links, error });
}

/** From its waiting for those before it in its lane to the handler's answer. `to`: `chat` or `account`. */
export function commandEnded(
  { span, parent, startMs }: Step,
  to: string,
  method: string,
  of: About,
  told: Told,
): void {
  const error = codeOf(told);
  if (!isKept(span, error)) return;
  const attributes = { ...messaging('command', 'send', `command.${to}`), ...rpc(method), ...about(of) };
  ended({ name: `command ${method}`, kind: SpanKind.CLIENT, span, parent, startMs, attributes, error });
}

/** In the handler, from the request to its answer, its waiting for the chat among it. */
export function decideEnded(
  { span, parent, startMs }: Step,
  to: string,
  method: string,
  of: About,
  told: Told,
): void {
  const error = codeOf(told);
  if (!isKept(span, error)) return;
  const attributes = { ...messaging('decide', 'process', `command.${to}`), ...rpc(method), ...about(of) };
  ended({ name: `decide ${method}`, kind: SpanKind.SERVER, span, parent, startMs, attributes, error });
}

/** At the edge: from the request to the answer. */
export function queryEnded({ span, parent, startMs }: Step, method: string, told: Told): void {
  const error = codeOf(told);
  if (!isKept(span, error)) return;
  const attributes = { ...messaging('query', 'send', 'query'), ...rpc(method) };
  ended({ name: `query ${method}`, kind: SpanKind.CLIENT, span, parent, startMs, attributes, error });
}

/** In the handler. */
export function answerEnded({ span, parent, startMs }: Step, method: string, who: About, told: Told): void {
  const error = codeOf(told);
  if (!isKept(span, error)) return;
  const attributes = { ...messaging('answer', 'process', 'query'), ...rpc(method), ...about(who) };
  ended({ name: `answer ${method}`, kind: SpanKind.SERVER, span, parent, startMs, attributes, error });
}

/** An attempt at a job. */
export function jobEnded(
  { span, parent, startMs }: Step,
  job: string,
  attempt: number,
  error?: string,
): void {
  if (!isKept(span, error)) return;
  const attributes = { ...messaging('job', 'process', 'work'), 'odnix.attempt': attempt };
  ended({ name: `job ${job}`, kind: SpanKind.CONSUMER, span, parent, startMs, attributes, error });
}

export interface Append {
  readonly startMs: number;
  readonly family: string;
  /** Of the trace of each decision. */
  readonly traceparents: readonly (string | undefined)[];
  /** Where the first one stands; otherwise why it does not. */
  readonly stored: { readonly stream: string; readonly firstSequence: number } | string;
}

/** One a decision, each a child of the span that decided it. An attempt that the store refuses is a span as well. */
export function appendEnded({ startMs, family, traceparents, stored }: Append): void {
  for (const [index, text] of traceparents.entries()) {
    const parent = sampledSpanOf(text);
    if (!isKept(parent)) continue;
    const refused = typeof stored === 'string';
    const place = refused
      ? { 'odnix.append': stored }
      : { 'odnix.stream': stored.stream, 'odnix.stream_seq': stored.firstSequence + index };
    const attributes = {
      ...messaging('append', 'send', family),
      'messaging.batch.message_count': traceparents.length,
      ...place,
    };
    const error = refused ? stored : undefined;
    const name = `append ${family}`;
    ended({ name, kind: SpanKind.PRODUCER, span: childOf(parent), parent, startMs, attributes, error });
  }
}
