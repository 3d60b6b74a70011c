/** Seen failing: without the bound, with the announcement told once an entry, and with what is told again not marked. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Decision } from '#domain/kernel/decision.js';
import { recordSpans, type EndedSpan } from '#observability/span.js';
import { textOf, type SpanContext } from '#observability/trace.js';
import type { AnnouncedEntry } from './announced-entry.js';
import { SourceMessage } from './source-message.js';
import { TracedEntries } from './traced-entries.js';

const spans: EndedSpan[] = [];
beforeEach(() => recordSpans((span) => spans.push(span)));
afterEach(() => {
  recordSpans(undefined);
  spans.length = 0;
});

const context = (traceFlags: number): SpanContext => ({
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  traceFlags,
});
const sourceIn = (span: SpanContext): SourceMessage =>
  new SourceMessage('CHAT_0', 1, { meta: { traceparent: textOf(span) }, events: [] } as unknown as Decision);
const toMany = (source: SourceMessage, recipients: number): AnnouncedEntry[] =>
  Array.from({ length: recipients }, (_, index) => ({
    user_id: `user-${index}`,
    sequence: index + 1,
    entry: { pts: 1, kind: 'message.new', seq: 7 } as AnnouncedEntry['entry'],
    source,
  }));

it('one timeline and one announcement a source, however many its entries; of many recipients the first are traced', () => {
  const source = sourceIn(context(1));
  const entries = toMany(source, 150);
  const traced = TracedEntries.of(entries)!;
  const carried = entries.map(({ user_id }) => traced.traceparentOf(source, user_id));
  traced.announced(true);
  const told = spans.map(({ name, attributes }) => [name, attributes['odnix.redelivered']]);
  expect(told).toEqual([
    ['timeline CHAT', true],
    ['announce live.user', true],
  ]);
  const [timeline, announced] = spans;
  expect(timeline).toMatchObject({
    parent: context(1),
    attributes: { 'odnix.entries': 150, 'odnix.seq': 7 },
  });
  expect(announced).toMatchObject({ parent: timeline!.span, attributes: { 'odnix.recipients': 150 } });
  expect(carried).toEqual([
    ...Array<string>(100).fill(textOf(announced!.span)),
    ...Array<undefined>(50).fill(undefined),
  ]);
});

it('of traces that are not sampled nothing is put together, nor when spans go nowhere', () => {
  expect(TracedEntries.of(toMany(sourceIn(context(0)), 3))).toBeUndefined();
  recordSpans(undefined);
  expect(TracedEntries.of(toMany(sourceIn(context(1)), 3))).toBeUndefined();
});
