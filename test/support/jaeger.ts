/**
 * A real Jaeger v2 for a test to own, with everything in its memory: its OTLP endpoint, and what it answers about traces, as the
 * same plain spans that the tests' own receiver gives. Where it comes from: tools/observability.
 */
import { reservePorts } from '../../apps/odnix/embedded/free-ports.js';
import { startJaeger, type RunningJaeger } from '../../tools/observability/start-jaeger.js';
import { spansOfJson } from './otlp-spans.js';
import { freshDirectory } from './run-directory.js';
import type { SeenSpan } from './seen-span.js';

export interface TestJaeger {
  /** As OTEL_EXPORTER_OTLP_ENDPOINT takes it. */
  readonly otlpUrl: string;
  readonly queryUrl: string;
  readonly pid: number;
  /** Ids of the traces in which one span of the service has all these tags, with these values, and that name if one is given. */
  findTraces(service: string, tags: Readonly<Record<string, string>>, operation?: string): Promise<string[]>;
  /** None when Jaeger knows no such trace (yet). */
  trace(traceId: string): Promise<SeenSpan[]>;
  services(): Promise<string[]>;
  stop(): Promise<void>;
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
    findTraces: async (service, tags, operation = '') => {
      const asked = { service, operation, tags: JSON.stringify(tags), lookback: '1h', limit: '100' };
      const found = JSON.parse(await answer(`${queryUrl}/api/traces?${new URLSearchParams(asked)}`)) as Found;
      return found.data.map(({ traceID }) => traceID);
    },
    trace: async (traceId) => {
      const { result } = JSON.parse(await answer(`${queryUrl}/api/v3/traces/${traceId}`)) as TraceAnswer;
      return spansOfJson(JSON.stringify(result));
    },
    services: async () => (JSON.parse(await answer(`${queryUrl}/api/services`)) as Services).data ?? [],
  };
}

interface Found {
  readonly data: readonly { readonly traceID: string }[];
}
interface Services {
  readonly data: string[] | null;
}
/** `result` is what OTLP calls TracesData. */
interface TraceAnswer {
  readonly result: object;
}

async function answer(url: string): Promise<string> {
  const response = await fetch(url);
  if (response.status === 404) return '{"result":{}}';
  const text = await response.text();
  if (!response.ok) throw new Error(`Jaeger answered ${response.status}: ${text}`);
  return text;
}
