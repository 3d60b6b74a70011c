/**
 * From ended spans to OTLP. At most `waiting` of them wait; what comes above that is dropped, as is what no collector takes: counted,
 * and said once a minute at most. Nothing here is ever waited for by who works.
 */
import { ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  TracerProvider,
  type ReadableSpan,
  type SpanExporter,
} from '@opentelemetry/sdk-trace';
import { counter } from './metrics.js';
import { GivenIds } from './given-ids.js';
import type { EndedSpan } from './span.js';

type Environment = Readonly<Record<string, string | undefined>>;
type Done = Parameters<SpanExporter['export']>[1];

const waiting_spans_max = 4_096;
const export_spans_max = 512;
const export_every_ms = 1_000;
const export_ms_max = 10_000;
const told_again_ms = 60_000;

export function exportSpans(service: string, env: Environment, warn: (line: string) => void) {
  const bounds = boundsOf(env);
  const losses = new Losses(warn);
  const exporter = new CountedExporter(new OTLPTraceExporter(), losses);
  const processor = new BatchSpanProcessor({ exporter, ...bounds });
  const ids = new GivenIds();
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': `odnix-${service}`,
      'service.namespace': 'odnix',
    }).merge(detectResources({ detectors: [envDetector] })),
    sampler: new AlwaysOnSampler(),
    idGenerator: ids,
    spanProcessors: [processor],
  });
  const tracer = provider.getTracer('odnix');
  const record = ({ span, parent, error, links = [], endMs, ...told }: EndedSpan): void => {
    if (exporter.waiting >= bounds.maxQueueSize) return losses.lost(1, 'dropped');
    exporter.waiting += 1;
    ids.next(span);
    const options = {
      kind: told.kind,
      startTime: told.startMs,
      attributes: error === undefined ? told.attributes : { ...told.attributes, 'error.type': error },
      links: links.map((linked) => ({ context: linked })),
    };
    const within = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
    const made = tracer.startSpan(told.name, options, within);
    if (error !== undefined) made.setStatus({ code: SpanStatusCode.ERROR });
    made.end(endMs ?? performance.now());
  };
  return { record, stop: () => provider.shutdown().catch(() => undefined) };
}

/** Read here, because the processor does not. */
function boundsOf(env: Environment) {
  const given = (name: string, otherwise: number): number => {
    const value = Number(env[`OTEL_BSP_${name}`] || Number.NaN);
    return Number.isSafeInteger(value) && value > 0 ? value : otherwise;
  };
  const maxQueueSize = given('MAX_QUEUE_SIZE', waiting_spans_max);
  return {
    maxQueueSize,
    maxExportBatchSize: Math.min(given('MAX_EXPORT_BATCH_SIZE', export_spans_max), maxQueueSize),
    scheduledDelayMillis: given('SCHEDULE_DELAY', export_every_ms),
    exportTimeoutMillis: given('EXPORT_TIMEOUT', export_ms_max),
  };
}

class CountedExporter implements SpanExporter {
  /** Ended, and neither exported nor lost. */
  waiting = 0;

  constructor(
    private readonly to: SpanExporter,
    private readonly losses: Losses,
  ) {}

  export(spans: ReadableSpan[], done: Done): void {
    this.to.export(spans, (result) => {
      this.waiting -= spans.length;
      if (result.code === 0) counter('odnix.spans', { outcome: 'exported' }).add(spans.length);
      else this.losses.lost(spans.length, 'failed');
      // That it failed is told above; the processor would throw it into the process.
      done({ code: 0 });
    });
  }

  shutdown(): Promise<void> {
    return this.to.shutdown();
  }
}

class Losses {
  private toldAtMs = Number.NEGATIVE_INFINITY;
  private untold = 0;

  constructor(private readonly warn: (line: string) => void) {}

  lost(spans: number, why: 'dropped' | 'failed'): void {
    counter('odnix.spans', { outcome: why }).add(spans);
    this.untold += spans;
    if (performance.now() - this.toldAtMs < told_again_ms) return;
    const cause = why === 'dropped' ? 'more wait than may' : 'the collector does not take them';
    this.warn(`tracing: ${this.untold} spans lost, ${cause} (docs/tracing.md)`);
    this.toldAtMs = performance.now();
    this.untold = 0;
  }
}
