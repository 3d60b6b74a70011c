/**
 * A real Jaeger v2 for a test to own, with everything in its memory: its OTLP endpoint, and what it answers about traces. By id
 * it answers in OTLP's own JSON, so that what is asserted of exported spans can be asserted of Jaeger's; by tags, with the
 * ids of the traces. Where it comes from: tools/observability.
 */
import { reservePorts } from '../../apps/odnix/embedded/free-ports.js';
import { startJaeger, type RunningJaeger } from '../../tools/observability/start-jaeger.js';
import { freshDirectory } from './run-directory.js';

export interface TestJaeger {
  /** As OTEL_EXPORTER_OTLP_ENDPOINT takes it. */
  readonly otlpUrl: string;
  readonly queryUrl: string;
  readonly pid: number;
  /** Ids of the traces in which one span of the service has all these tags, with these values. */
  findTraces(service: string, tags: Readonly<Record<string, string>>): Promise<string[]>;
  /** The spans of a trace as they were exported, by resource; none when Jaeger knows no such trace (yet). */
  trace(traceId: string): Promise<OtlpResourceSpans[]>;
  services(): Promise<string[]>;
  stop(): Promise<void>;
}

/** As OTLP has it in JSON: `ExportTraceServiceRequest.resourceSpans`. */
export interface OtlpResourceSpans {
  readonly resource: { readonly attributes: readonly OtlpAttribute[] };
  readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
}

export interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty or absent: a root. */
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind?: number | string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly OtlpAttribute[];
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status?: { readonly code?: number | string; readonly message?: string };
}

export interface OtlpAttribute {
  readonly key: string;
  readonly value: {
    readonly stringValue?: string;
    readonly intValue?: string | number;
    readonly doubleValue?: number;
    readonly boolValue?: boolean;
  };
}

/** Resolves when it takes spans and answers. */
export async function startTestJaeger(): Promise<TestJaeger> {
  const reserved = await reservePorts(4);
  const [query = 0, queryGrpc = 0, otlpHttp = 0, otlpGrpc = 0] = reserved.map(({ port }) => port);
  await Promise.all(reserved.map((one) => one.release()));
  const jaeger = await startJaeger({
    directory: freshDirectory(),
    host: '127.0.0.1',
    ports: { query, queryGrpc, otlpHttp, otlpGrpc },
  });
  return { ...jaeger, ...questionsTo(jaeger) };
}

function questionsTo({ queryUrl }: RunningJaeger): Pick<TestJaeger, 'findTraces' | 'trace' | 'services'> {
  return {
    findTraces: async (service, tags) => {
      const query = new URLSearchParams({
        service,
        tags: JSON.stringify(tags),
        lookback: '1h',
        limit: '100',
      });
      const { data } = (await answer(`${queryUrl}/api/traces?${query}`)) as { data: { traceID: string }[] };
      return data.map(({ traceID }) => traceID);
    },
    trace: async (traceId) => {
      const found = (await answer(`${queryUrl}/api/v3/traces/${traceId}`)) as TraceAnswer | undefined;
      return found?.result.resourceSpans ?? [];
    },
    services: async () =>
      ((await answer(`${queryUrl}/api/services`)) as { data: string[] | null }).data ?? [],
  };
}

interface TraceAnswer {
  readonly result: { readonly resourceSpans: OtlpResourceSpans[] };
}

/** Undefined: there is no such thing. */
async function answer(url: string): Promise<unknown> {
  const response = await fetch(url);
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Error(`Jaeger answered ${response.status}: ${await response.text()}`);
  return response.json();
}
