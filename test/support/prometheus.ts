/** A real Prometheus for a test to own: it scrapes what it is told, twice a second, with the rules it is given. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../apps/odnix/embedded/free-ports.js';
import { PrometheusApi } from '../../tools/observability/prometheus-api.js';
import { startPrometheus } from '../../tools/observability/start-prometheus.js';
import { freshDirectory } from './run-directory.js';

export interface TestPrometheus {
  readonly api: PrometheusApi;
  readonly pid: number;
  stop(): Promise<void>;
}

export interface ScrapeJob {
  readonly job: string;
  /** Each a URL with the path of its metrics. */
  readonly urls: readonly string[];
}

const scrape_ms = 500;

/** Resolves when it answers, which is before it has scraped anything. */
export async function startTestPrometheus(
  jobs: readonly ScrapeJob[],
  ruleFiles: readonly string[] = [],
): Promise<TestPrometheus> {
  const directory = freshDirectory();
  const configFile = join(directory, 'prometheus.json');
  // JSON is YAML.
  writeFileSync(configFile, JSON.stringify(configuration(jobs, ruleFiles)));
  const port = await freePort();
  const { url, pid, stop } = await startPrometheus({ directory, configFile, host: '127.0.0.1', port });
  return { api: new PrometheusApi(url), pid, stop };
}

const configuration = (jobs: readonly ScrapeJob[], ruleFiles: readonly string[]): object => ({
  global: {
    scrape_interval: `${scrape_ms}ms`,
    scrape_timeout: `${scrape_ms}ms`,
    evaluation_interval: `${scrape_ms}ms`,
  },
  rule_files: ruleFiles,
  scrape_configs: jobs.flatMap(({ job, urls }) =>
    urls.map((url, index) => {
      const { host, pathname } = new URL(url);
      const target = { targets: [host], labels: { job } };
      return { job_name: `${job}-${index}`, metrics_path: pathname, static_configs: [target] };
    }),
  ),
});
