/**
 * `npm run observability`: Jaeger and Prometheus beside an Odnix on this machine, on their usual ports, until Ctrl-C. By default
 * it is the Odnix of `HEALTH_PORT=9000 npm start`; `--scrape app=host:port`, once for each process, names others.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startJaeger } from './start-jaeger.js';
import { startPrometheus } from './start-prometheus.js';

const host = '127.0.0.1';
const ports = { query: 16_686, queryGrpc: 16_685, otlpHttp: 4_318, otlpGrpc: 4_317 };
const prometheus_port = 9_090;
const rules = join(import.meta.dirname, '../../observability/prometheus/rules');

const { values } = parseArgs({
  options: {
    scrape: { type: 'string', multiple: true, default: ['odnix=127.0.0.1:9000'] },
    directory: { type: 'string', default: '.data/observability' },
  },
});
const directory = resolve(values.directory);
mkdirSync(directory, { recursive: true });
const configFile = join(directory, 'prometheus.json');
writeFileSync(configFile, JSON.stringify(configuration(values.scrape), null, 2));

const stopped = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
});
const jaeger = await startJaeger({ directory, host, ports });
try {
  const prometheus = await startPrometheus({ directory, configFile, host, port: prometheus_port });
  console.log(
    `Jaeger takes spans at ${jaeger.otlpUrl} (OTEL_EXPORTER_OTLP_ENDPOINT) and answers at ${jaeger.queryUrl}`,
  );
  console.log(`Prometheus runs at ${prometheus.url} and scrapes ${values.scrape.join(', ')}`);
  await Promise.race([stopped, jaeger.exited, prometheus.exited]);
  await prometheus.stop();
} finally {
  await jaeger.stop();
}

/** JSON is YAML. */
function configuration(targets: readonly string[]): object {
  const byApp = Map.groupBy(targets, (target) => target.split('=')[0] ?? '');
  return {
    global: { scrape_interval: '5s', evaluation_interval: '5s' },
    rule_files: [`${rules}/*.yml`],
    scrape_configs: [...byApp].map(([app, its]) => ({
      job_name: app,
      static_configs: [{ targets: its.map((target) => target.split('=')[1]) }],
    })),
  };
}
