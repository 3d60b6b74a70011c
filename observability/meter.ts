/** The process's own meter, which Prometheus reads (`/metrics` of the health server). Nothing is sent anywhere. */
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import {
  AggregationTemporality,
  InstrumentType,
  MeterProvider,
  MetricReader,
} from '@opentelemetry/sdk-metrics';

/** Of one metric; the rest is told as one series that says so. The largest is what the admin process tells of 256 streams. */
const series_max = 4_000;

/**
 * The exporter's own reader would go on telling the last value of a gauge that nobody tells any more, such as the lag of a read
 * model that was dropped: gauges are told as what was observed since, which is the value itself.
 */
class Reader extends MetricReader {
  constructor() {
    const aggregationTemporalitySelector = (type: InstrumentType): AggregationTemporality =>
      type === InstrumentType.OBSERVABLE_GAUGE
        ? AggregationTemporality.DELTA
        : AggregationTemporality.CUMULATIVE;
    super({ aggregationTemporalitySelector });
  }

  protected override async onShutdown(): Promise<void> {}

  protected override async onForceFlush(): Promise<void> {}
}

const reader = new Reader();
const serializer = new PrometheusSerializer('', false, undefined, true, true);
const views = [{ instrumentName: '*', aggregationCardinalityLimit: series_max }];
const provider = new MeterProvider({ readers: [reader], views });

/** Not the global one: what libraries might count of their own is in no catalogue. */
export const meter = provider.getMeter('odnix');

/** Everything as it is now, in Prometheus' text format. */
export async function metricsText(): Promise<string> {
  const { resourceMetrics } = await reader.collect();
  return `${serializer.serialize(resourceMetrics)}\n`;
}
