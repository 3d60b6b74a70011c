/**
 * What happened long ago as spans, by OTLP, with ids and times of their own. Unlike those of what happens now (export-spans.ts) they are
 * waited for: whoever writes them is told when they were not taken.
 */
import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOnSampler, TracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace';
import { GivenIds } from './given-ids.js';
import { spanOf } from './trace.js';

const batch_spans_max = 512;
const export_ms_max = 10_000;

export interface HistorySpan {
  readonly traceId: string;
  readonly spanId: string;
  /** In the same trace. */
  readonly parentId?: string;
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly isError: boolean;
  /** W3C traceparent of the live trace in which it happened. */
  readonly link?: string;
  readonly attributes: Attributes;
}

/** `endpoint`: as OTEL_EXPORTER_OTLP_ENDPOINT takes it; without one that variable decides, and so do the others of OpenTelemetry. */
export class HistoryExport {
  private batch: ReadableSpan[] = [];
  private readonly ids = new GivenIds();
  private readonly exporter: OTLPTraceExporter;
  private readonly provider: TracerProvider;

  constructor(service: string, endpoint?: string) {
    const url = endpoint === undefined ? {} : { url: `${endpoint.replace(/\/+$/, '')}/v1/traces` };
    this.exporter = new OTLPTraceExporter({ ...url, timeoutMillis: export_ms_max });
    const take = (span: ReadableSpan): void => void this.batch.push(span);
    this.provider = new TracerProvider({
      resource: resourceFromAttributes({ 'service.name': service, 'service.namespace': 'odnix' }),
      sampler: new AlwaysOnSampler(),
      idGenerator: this.ids,
      spanProcessors: [
        {
          onStart: () => undefined,
          onEnd: take,
          forceFlush: async () => undefined,
          shutdown: async () => undefined,
        },
      ],
    });
  }

  /** Resolves when there is room for more. Throws when the collector does not take what was written so far. */
  async write({ traceId, spanId, parentId, link, ...told }: HistorySpan): Promise<void> {
    this.ids.next({ traceId, spanId });
    const linked = link === undefined ? undefined : spanOf(link);
    const parent = { traceId, spanId: parentId ?? '', traceFlags: TraceFlags.SAMPLED };
    const span = this.provider.getTracer('odnix').startSpan(
      told.name,
      {
        kind: SpanKind.INTERNAL,
        startTime: told.startMs,
        attributes: told.attributes,
        links: linked === undefined ? [] : [{ context: linked }],
      },
      parentId === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent),
    );
    if (told.isError) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(told.endMs);
    if (this.batch.length >= batch_spans_max) await this.flush();
  }

  async close(): Promise<void> {
    await this.provider.shutdown();
    await this.exporter.shutdown();
  }

  /** Resolves when the collector has taken all that was written. Throws NotTaken. */
  async flush(): Promise<void> {
    const spans = this.batch;
    this.batch = [];
    if (spans.length === 0) return;
    await new Promise<void>((resolve, reject) => {
      this.exporter.export(spans, ({ code, error }) =>
        code === 0 ? resolve() : reject(new NotTaken(error?.message)),
      );
    });
  }
}

/** Whether the process' own variables say where to. */
export const isEndpointSet = (env: Readonly<Record<string, string | undefined>>): boolean =>
  Boolean(env['OTEL_EXPORTER_OTLP_ENDPOINT']) || Boolean(env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']);

/** The collector did not take spans. */
export class NotTaken extends Error {
  override readonly name = 'NotTaken';
}
