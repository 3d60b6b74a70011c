/** The figures for people, as Markdown. */
import type { Durations } from '../support/percentiles.js';
import type { Usage } from '../support/usage.js';
import type { MillionFigures } from './million.js';
import type { StormFigures } from './storm.js';
import type { TenThousandFigures } from './ten-thousand.js';
import { slice_updates, type ThresholdFigures } from './threshold.js';

const of3 = '(p50 / p99 / max, ms)';
const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
const one = (value: number): string => value.toFixed(1);
const whole = (value: number): string => value.toFixed(0);
const mb = (bytes: number): string => one(bytes / 1_048_576);

export const tenThousandReport = (all: readonly TenThousandFigures[]): string =>
  [
    `## 10,000 updates over the WebSocket ${of3}`,
    table(
      ['messages to the stream’s end', 'time', 'MB sent', 'floor: rows', 'floor: entries by direct get'],
      all.map(({ distance, ms, bytes, rows_floor_ms, entries_floor_ms }) => [
        distance,
        `${ms}`,
        mb(bytes),
        whole(rows_floor_ms),
        whole(entries_floor_ms),
      ]),
    ),
    ...all.map(
      ({ first_ms, first_mb }) =>
        `The one before those that were measured: ${whole(first_ms)} ms, ${whole(first_mb)} MB more in the gateway.`,
    ),
    ...all.map(({ usage, ms }) => usageTable(usage, ms.count)),
  ].join('\n\n');

export const millionReport = (figures: MillionFigures): string =>
  [
    '## The whole of a long log in slices',
    table(
      ['updates', 'seconds', 'updates/s', 'MB sent', 'floor: rows, s', 'floor: entries by direct get, s'],
      [
        [
          figures.updates,
          one(figures.ms / 1_000),
          whole((figures.updates * 1_000) / figures.ms),
          mb(figures.bytes),
          one(figures.rows_floor_ms / 1_000),
          one(figures.entries_floor_ms / 1_000),
        ],
      ],
    ),
    usageTable(figures.usage, 1),
  ].join('\n\n');

export const stormReport = (figures: StormFigures): string =>
  [
    `## ${figures.devices} devices at once, ${figures.updates} updates together`,
    table(
      [
        'all caught up, s',
        `session open ${of3}`,
        `caught up ${of3}`,
        'sent away',
        `appends before ${of3}`,
        `appends meanwhile ${of3}`,
      ],
      [
        [
          one(figures.all_ms / 1_000),
          `${figures.open_ms}`,
          `${figures.device_ms}`,
          figures.refusals,
          `${figures.appends_before}`,
          `${figures.appends_meanwhile}`,
        ],
      ],
    ),
    usageTable(figures.usage, 1),
  ].join('\n\n');

export const thresholdReport = (all: readonly ThresholdFigures[], calm: Durations): string =>
  [
    `## A slice of ${slice_updates} updates, by distance; appends while nobody reads: ${calm} ${of3}`,
    table(
      [
        'messages to the stream’s end',
        'from',
        `slice ${of3}`,
        'NATS CPU, ms',
        'Postgres CPU, ms',
        `appends ${of3}`,
      ],
      all.map(({ distance, from, slice_ms, nats_cpu_ms, postgres_cpu_ms, appends }) => [
        distance,
        from,
        `${slice_ms}`,
        one(nats_cpu_ms),
        one(postgres_cpu_ms),
        `${appends}`,
      ]),
    ),
  ].join('\n\n');

/** No memory of Postgres: it is many processes that share most of it. */
const usageTable = (usage: Record<string, Usage>, times: number): string =>
  table(
    ['', 'CPU, s', 'RSS before, MB', 'at most', 'by fifths of the time'],
    Object.entries(usage).map(([name, used]) => {
      const memory = [used.rss_before_mb, used.rss_max_mb].map(whole);
      const fifths = used.rss_fifths_mb.map(whole).join(', ');
      const rss = name === 'Postgres' ? ['', '', ''] : [...memory, fifths];
      return [name, (used.cpu_s / times).toFixed(2), ...rss];
    }),
  );
