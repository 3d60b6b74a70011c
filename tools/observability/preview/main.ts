/**
 * `npm run dashboards:preview -- --prometheus URL [--minutes 15] [--rate 60] [--to DIRECTORY] [--png]`: draws the dashboards as
 * Grafana would lay them out, with what Prometheus has, to look at where no Grafana runs. It says which panels have no data,
 * and exits with 1 when any has none.
 */
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { GrafanaDashboard } from '../dashboards/grafana.js';
import { PrometheusApi } from '../prometheus-api.js';
import { loadDashboard } from './load.js';
import { pageOf } from './page.js';
import { takePictures } from './pictures.js';

const { values } = parseArgs({
  options: {
    prometheus: { type: 'string', default: 'http://127.0.0.1:9090' },
    minutes: { type: 'string', default: '15' },
    rate: { type: 'string', default: '60' },
    to: { type: 'string', default: '.cache/dashboards' },
    png: { type: 'boolean', default: false },
  },
});
const made = join(import.meta.dirname, '../../../observability/grafana/dashboards');
const prometheus = new PrometheusApi(values.prometheus);
const directory = resolve(values.to);
mkdirSync(directory, { recursive: true });

const empty: string[] = [];
const pages: string[] = [];
for (const file of globSync(join(made, '*.json')).toSorted()) {
  const dashboard = JSON.parse(readFileSync(file, 'utf8')) as GrafanaDashboard;
  const times = { minutes: Number(values.minutes), rate_interval_s: Number(values.rate) };
  const loaded = await loadDashboard(dashboard, prometheus, times);
  const page = join(directory, `${basename(file, '.json')}.html`);
  writeFileSync(page, pageOf(loaded));
  pages.push(page);
  for (const { panel, lines } of loaded.panels)
    if (panel.type !== 'row' && lines.length === 0) empty.push(`${loaded.title}: ${panel.title}`);
}
if (values.png) await takePictures(pages);
console.log(pages.join('\n'));
for (const panel of empty) console.error(`no data: ${panel}`);
process.exitCode = empty.length > 0 ? 1 : 0;
