/**
 * A dashboard as Grafana reads it from a file: panels of its own, no plugins, laid out on its grid of 24 columns. What stands
 * here once stands in every panel: colours by threshold, a table of last and highest values below lines.
 */
import type { Dashboard, Panel, Query, Row, Threshold } from './dashboard.js';

/** Of Grafana 11. */
const schema_version = 39;
const columns = 24;
const row_height = 1;
const heights = { stat: 4, bars: 8, timeseries: 8 } as const;
const types = { stat: 'stat', bars: 'bargauge', timeseries: 'timeseries' } as const;

const datasource = { type: 'prometheus', uid: '${datasource}' };

export interface GridPos {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** What of it the preview and the specs read. */
export interface GrafanaDashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly GrafanaPanel[];
}

export interface GrafanaPanel {
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: GridPos;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
  readonly fieldConfig?: { readonly defaults: FieldDefaults };
  readonly options?: { readonly legend?: { readonly placement: string } };
}

export interface FieldDefaults {
  readonly unit: string;
  readonly min?: number;
  readonly max?: number;
  readonly thresholds: {
    readonly steps: readonly { readonly color: string; readonly value: number | null }[];
  };
  readonly mappings: readonly { readonly options: Readonly<Record<string, { readonly text: string }>> }[];
  readonly custom?: { readonly stacking: { readonly mode: string } };
}

export function grafanaDashboard({ uid, title, description, rows }: Dashboard) {
  return {
    uid,
    title,
    description,
    tags: ['odnix'],
    schemaVersion: schema_version,
    editable: false,
    graphTooltip: 1,
    refresh: '10s',
    time: { from: 'now-1h', to: 'now' },
    timezone: 'browser',
    links: [
      {
        type: 'dashboards',
        title: 'Odnix',
        tags: ['odnix'],
        asDropdown: true,
        keepTime: true,
        includeVars: true,
      },
    ],
    templating: { list: variables },
    panels: laidOut(rows),
  };
}

const variable = (name: string, label: string, query: string): object => ({
  name,
  label,
  type: 'query',
  datasource,
  query: { query, refId: name },
  definition: query,
  refresh: 2,
  sort: 1,
  multi: true,
  includeAll: true,
  allValue: '.*',
  current: { text: 'All', value: '$__all' },
});

const variables = [
  { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' },
  variable('app', 'App', 'label_values(odnix_ready, job)'),
  variable('instance', 'Instance', 'label_values(odnix_ready{job=~"$app"}, instance)'),
];

/** From left to right, and further down where the next does not fit. */
function laidOut(rows: readonly Row[]): GrafanaPanel[] {
  let id = 0;
  let y = 0;
  return rows.flatMap((row) => {
    const header = { id: (id += 1), type: 'row', title: row.title, collapsed: false, panels: [] };
    const placed: GrafanaPanel[] = [{ ...header, gridPos: { x: 0, y, w: columns, h: row_height } }];
    y += row_height;
    let x = 0;
    let lineHeight = 0;
    for (const panel of row.panels) {
      if (x + panel.width > columns) [x, y, lineHeight] = [0, y + lineHeight, 0];
      const gridPos = { x, y, w: panel.width, h: heights[panel.kind] };
      placed.push(grafanaPanel(panel, (id += 1), gridPos));
      x += panel.width;
      lineHeight = Math.max(lineHeight, gridPos.h);
    }
    y += lineHeight;
    return placed;
  });
}

function grafanaPanel(panel: Panel, id: number, gridPos: GridPos) {
  return {
    id,
    type: types[panel.kind],
    title: panel.title,
    description: panel.description,
    gridPos,
    datasource,
    targets: panel.queries.map((query, index) => target(query, index, panel.kind !== 'timeseries')),
    fieldConfig: { defaults: defaultsOf(panel), overrides: [] },
    options: optionsOf(panel),
  };
}

const target = ({ expr, legend }: Query, index: number, instant: boolean) => ({
  refId: String.fromCharCode('A'.charCodeAt(0) + index),
  datasource,
  expr,
  legendFormat: legend,
  instant,
  range: !instant,
});

function defaultsOf({ kind, unit, min, max, thresholds = [], words, stacked }: Panel) {
  return {
    unit,
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    color: { mode: kind === 'timeseries' ? 'palette-classic' : 'thresholds' },
    thresholds: { mode: 'absolute', steps: steps(thresholds) },
    mappings: words ? [{ type: 'value', options: mapping(words) }] : [],
    ...(kind === 'timeseries' && { custom: lineStyle(stacked === true, thresholds.length > 0) }),
  };
}

const steps = (thresholds: readonly Threshold[]) => [
  { color: 'green', value: null },
  ...thresholds.map(({ from, colour }) => ({ color: colour, value: from })),
];

const mapping = (words: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(words).map(([value, text], index) => [value, { text, index }]));

const lineStyle = (stacked: boolean, withThresholds: boolean) => ({
  drawStyle: 'line',
  lineWidth: 1,
  fillOpacity: stacked ? 30 : 8,
  showPoints: 'never',
  spanNulls: false,
  stacking: { mode: stacked ? 'normal' : 'none', group: 'A' },
  thresholdsStyle: { mode: withThresholds ? 'dashed' : 'off' },
});

function optionsOf({ kind, legend }: Panel) {
  const reduceOptions = { calcs: ['lastNotNull'], fields: '', values: false };
  if (kind === 'timeseries')
    return {
      legend: {
        displayMode: 'table',
        placement: legend ?? 'bottom',
        showLegend: true,
        calcs: ['lastNotNull', 'max'],
      },
      tooltip: { mode: 'multi', sort: 'desc' },
    };
  if (kind === 'bars')
    return {
      reduceOptions,
      orientation: 'horizontal',
      displayMode: 'basic',
      showUnfilled: true,
      valueMode: 'color',
    };
  return { reduceOptions, colorMode: 'background', graphMode: 'none', justifyMode: 'auto', textMode: 'auto' };
}
