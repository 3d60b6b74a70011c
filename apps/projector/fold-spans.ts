/** The spans of a batch that was folded, or could not be. */
import { createHash } from 'node:crypto';
import type { Build } from '#db/builds.js';
import { projectEnded, rebuildEnded, type Folded } from '#observability/message-spans.js';
import { childOf, newTrace, sampledSpanOf, type SpanContext } from '#observability/trace.js';
import type { ProjectedRecord } from '#projections/define-projection.js';

/** What is folded later than that, after a long absence or a restore, is in no message's trace: who collects spans has closed those. */
const joined_ms_max = 600_000;

export interface FoldSpans {
  readonly folded: Folded;
  readonly batch: readonly ProjectedRecord[];
  readonly state: Build['state'] | undefined;
  readonly error?: string;
}

/** One build of a projection is in the messages' traces: the one that is read. */
export function tellFolded({ folded, batch, state, error }: FoldSpans): void {
  if (state === 'filling') return rebuildEnded(rebuildSpan(folded.schema), folded, error);
  if (state !== 'live') return;
  const causes = causesOf(batch);
  const own = newTrace();
  // Its causes are sampled, and so is it.
  projectEnded(causes.length > 0 ? { ...own, traceFlags: 1 } : own, causes, folded, error);
}

function causesOf(batch: readonly ProjectedRecord[]): SpanContext[] {
  const sinceMs = Date.now() - joined_ms_max;
  const causes: SpanContext[] = [];
  for (const { decision } of batch) {
    const span = sampledSpanOf(decision?.meta.traceparent);
    if (span !== undefined && decision!.meta.occurred_at_ms >= sinceMs) causes.push(span);
  }
  return causes;
}

/** Every process that fills the build makes the same trace of it. */
const rebuildSpan = (schema: string): SpanContext => {
  const traceId = createHash('sha256').update(`rebuild ${schema}`).digest('hex').slice(0, 32);
  return childOf({ traceId, spanId: '', traceFlags: 1 });
};
