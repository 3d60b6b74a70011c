/** A dashboard of observability/grafana with what Prometheus has for each of its panels now: all that a page needs to draw it. */
import type { GrafanaDashboard, GrafanaPanel } from '../dashboards/grafana.js';
import type { Line, PrometheusApi } from '../prometheus-api.js';

export interface LoadedPanel {
  readonly panel: GrafanaPanel;
  readonly lines: readonly { readonly name: string; readonly points: Line['points'] }[];
}

export interface LoadedDashboard {
  readonly title: string;
  readonly from_s: number;
  readonly to_s: number;
  readonly panels: readonly LoadedPanel[];
}

const points_max = 180;

/** As Grafana does it, with everything chosen in the variables. */
export const resolved = (expression: string, rate_interval_s: number): string =>
  expression.replaceAll(/\$(app|instance)/g, '.*').replaceAll('$__rate_interval', `${rate_interval_s}s`);

export async function loadDashboard(
  { title, panels }: GrafanaDashboard,
  prometheus: PrometheusApi,
  { minutes, rate_interval_s }: { readonly minutes: number; readonly rate_interval_s: number },
): Promise<LoadedDashboard> {
  const to_s = Math.floor(Date.now() / 1_000);
  const from_s = to_s - minutes * 60;
  const step_s = Math.max(1, Math.ceil((to_s - from_s) / points_max));
  const load = async (panel: GrafanaPanel): Promise<LoadedPanel> => {
    const all = (panel.targets ?? []).map(async ({ expr, legendFormat }) => {
      const expression = resolved(expr, rate_interval_s);
      const found =
        panel.type === 'timeseries'
          ? await prometheus.range(expression, from_s, to_s, step_s)
          : (await prometheus.query(expression)).map(({ labels, value }) => ({
              labels,
              points: [[to_s, value] as const],
            }));
      return found.map(({ labels, points }) => ({ name: named(legendFormat, labels), points }));
    });
    return { panel, lines: (await Promise.all(all)).flat() };
  };
  return { title, from_s, to_s, panels: await Promise.all(panels.map(load)) };
}

const named = (legend: string, labels: Readonly<Record<string, string>>): string =>
  legend.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => labels[label] ?? '');
