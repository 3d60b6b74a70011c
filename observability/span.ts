/**
 * What was done, told once it is over. A span of a trace that is not sampled is two times and an id until then, and nothing after,
 * unless it ended in an error: each process then tells its own part of the way, and since an error goes back the whole way, what
 * is told is the whole chain that led to it.
 */
import type { Attributes, SpanKind } from '@opentelemetry/api';
import { isSampled, type SpanContext } from './trace.js';

export interface EndedSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly span: SpanContext;
  readonly parent?: SpanContext | undefined;
  /** By performance.now(). */
  readonly startMs: number;
  /** Now, unless told. */
  readonly endMs?: number;
  /** Ids, counts and names of ours: never what people wrote, are called, or hold in secret. */
  readonly attributes: Attributes;
  readonly links?: readonly SpanContext[];
  /** A code of the catalogue, or the name of an error: it ended in that. */
  readonly error?: string | undefined;
}

/** Of traces that are not sampled: a flood of what is refused must not become a flood of spans. */
const error_spans_per_s_max = 100;
/** What a server answers when it has too much to do says nothing that metrics do not say. */
const expected_under_load = ['RATE_LIMITED', 'BUSY'];

let recorder: ((ended: EndedSpan) => void) | undefined;
let errorsLeft = error_spans_per_s_max;
let errorsSinceMs = 0;

/** From now on ended spans go there; to nobody with undefined. */
export const recordSpans = (to: ((ended: EndedSpan) => void) | undefined): void => void (recorder = to);

/** Whether it is worth to put together what the span would tell. */
export function isKept(span: SpanContext | undefined, error?: string): span is SpanContext {
  if (recorder === undefined || span === undefined) return false;
  return isSampled(span) || (error !== undefined && !expected_under_load.includes(error) && hasErrorsLeft());
}

export const ended = (span: EndedSpan): void => recorder?.(span);

function hasErrorsLeft(): boolean {
  const nowMs = performance.now();
  if (nowMs - errorsSinceMs >= 1_000) [errorsLeft, errorsSinceMs] = [error_spans_per_s_max, nowMs];
  errorsLeft -= 1;
  return errorsLeft >= 0;
}
