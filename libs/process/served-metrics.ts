/** What every process tells Prometheus of itself, beside what its parts count. */
import { beginAtZero, observe } from '#observability/metrics.js';
import { startProcessMetrics } from '#observability/process-metrics.js';
import { protocol_version } from '#protocol/version.js';
import type { ReadinessSource } from './readiness.js';
import { serverRelease } from './server-release.js';

export const metricsPath = '/metrics';

/** Once a process. */
export function tellMetrics(app: string, readiness: ReadinessSource): void {
  beginAtZero(app);
  const { major, minor } = protocol_version;
  startProcessMetrics({ app, version: serverRelease.version, protocol: `${major}.${minor}` });
  observe('odnix.ready', async () => [[{}, (await readiness.report()).status === 'ok' ? 1 : 0]]);
  observe('odnix.dependency.up', async () => {
    const { dependencies } = await readiness.report();
    return Object.entries(dependencies).map(
      ([dependency, { status }]) => [{ dependency }, status === 'ok' ? 1 : 0] as const,
    );
  });
}
