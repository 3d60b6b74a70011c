/**
 * Tracing of a process, by the standard variables of OpenTelemetry. Without an endpoint nothing is exported, nothing of the SDK is
 * loaded, and no trace is sampled; the active trace is followed all the same, for log lines.
 */
import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { recordSpans } from './span.js';
import { sampleTraces } from './trace.js';

export interface Tracing {
  /** Exports what has ended by now, within a bound, and stops. Never rejects. */
  stop(): Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

const sampled_ratio = 0.01;
const stop_ms_max = 2_000;

/** `service`: the app's name. `warn`: told, seldom, of spans that were lost. To be called once, before anything is served. */
export async function startTracing(
  service: string,
  env: Environment,
  warn: (line: string) => void,
): Promise<Tracing> {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  if (!isWanted(env)) return { stop: () => Promise.resolve() };
  const { exportSpans } = await import('./export-spans.js');
  const ratio = ratioOf(env, warn);
  const exporting = exportSpans(service, env, warn);
  recordSpans(exporting.record);
  sampleTraces(ratio);
  const stop = async (): Promise<void> => {
    sampleTraces(0);
    recordSpans(undefined);
    await Promise.race([
      exporting.stop(),
      new Promise((resolve) => setTimeout(resolve, stop_ms_max).unref()),
    ]);
  };
  return { stop };
}

function isWanted(env: Environment): boolean {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: all, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: traces } = env;
  if (env['OTEL_SDK_DISABLED'] === 'true' || env['OTEL_TRACES_EXPORTER'] === 'none') return false;
  return Boolean(all) || Boolean(traces);
}

/** `parentbased_` or not is the same here: no trace but our own is ever continued. */
function ratioOf(
  { OTEL_TRACES_SAMPLER: sampler = '', OTEL_TRACES_SAMPLER_ARG: given }: Environment,
  warn: (line: string) => void,
): number {
  if (sampler.endsWith('always_on')) return 1;
  if (sampler.endsWith('always_off')) return 0;
  const ratio = given === undefined || given === '' ? sampled_ratio : Number(given);
  if (ratio >= 0 && ratio <= 1) return ratio;
  warn(`tracing: OTEL_TRACES_SAMPLER_ARG: expected a number from 0 to 1; going on with ${sampled_ratio}`);
  return sampled_ratio;
}
