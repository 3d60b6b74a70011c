/** Seen failing: without the look at the build's state, with causes of any age, and with a trace of its own for each batch of a rebuild. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { recordSpans, type EndedSpan } from '#observability/span.js';
import { textOf, type SpanContext } from '#observability/trace.js';
import type { ProjectedRecord } from '#projections/define-projection.js';
import { tellFolded } from './fold-spans.js';

const spans: EndedSpan[] = [];
beforeEach(() => recordSpans((span) => spans.push(span)));
afterEach(() => {
  recordSpans(undefined);
  spans.length = 0;
});

const contextOf = (letter: string, traceFlags = 1): SpanContext => ({
  traceId: letter.repeat(32),
  spanId: letter.repeat(16),
  traceFlags,
});
const record = (span: SpanContext, ageMs = 0): ProjectedRecord =>
  ({
    decision: { meta: { traceparent: textOf(span), occurred_at_ms: Date.now() - ageMs } },
  }) as ProjectedRecord;
const at = { stream: 'CHAT_0', fromSequence: 1, toSequence: 9, records: 9 };
const folded = { startMs: 0, projection: 'chats', schema: 'chats_v1', ...at };
const batch = [
  record(contextOf('a')),
  record(contextOf('b', 0)),
  record(contextOf('c')),
  record(contextOf('d'), 3_600_000),
];

it('a transaction is linked to what is in it, and what is sampled and fresh has its part in its own trace', () => {
  tellFolded({ folded, batch, state: 'live' });
  const [fold, ...parts] = spans;
  expect(fold).toMatchObject({ name: 'fold chats', links: [contextOf('a'), contextOf('c')] });
  expect(parts.map(({ name, parent, links }) => ({ name, parent, links }))).toEqual(
    ['a', 'c'].map((letter) => ({ name: 'project chats', parent: contextOf(letter), links: [fold!.span] })),
  );
});

it('of a batch that could not be folded only that is told, also when nothing in it is sampled', () => {
  tellFolded({ folded, batch: [record(contextOf('b', 0))], state: 'live', error: 'CheckpointLost' });
  expect(spans).toMatchObject([{ name: 'fold chats', error: 'CheckpointLost' }]);
});

it('a build that is filled is one trace of its own, and one that is kept is in none', () => {
  tellFolded({ folded, batch, state: 'filling' });
  tellFolded({ folded: { ...folded, stream: 'CHAT_1' }, batch, state: 'filling' });
  for (const state of ['kept', 'left', undefined] as const) tellFolded({ folded, batch, state });
  expect(spans.map(({ name }) => name)).toEqual(['rebuild chats', 'rebuild chats']);
  expect(new Set(spans.map(({ span }) => span.traceId)).size).toBe(1);
  expect(['a', 'b', 'c', 'd'].map((letter) => contextOf(letter).traceId)).not.toContain(
    spans[0]!.span.traceId,
  );
});
