/** What conversations cost, as figures and tables. */
import { figure, shown, type Figure, type Plot, type Table } from '../support/outcome.js';
import type { Taken } from '../support/meter.js';
import type { SystemOptions } from '../support/system.js';
import type { ChattingFigures } from './figures.js';
import type { SentFigures } from './orders.js';

const us_per_s = 1_000_000;
const largest_shown = 12;

/** Of all servers together, drivers left out: microseconds for each of so many. */
export const serverCpuUs = ({ taken }: ChattingFigures, count: number): number =>
  (serversOf(taken).reduce((sum, { cpu_s }) => sum + cpu_s, 0) * us_per_s) / count;

const serversOf = (taken: readonly Taken[]): Taken[] =>
  taken.filter(({ name }) => !name.startsWith('driver'));

/** Of each server process; what the capacity model is made from. */
export const cpuFigures = ({ taken, peak }: ChattingFigures): Figure[] =>
  serversOf(taken).map(({ name, cpu_s }) =>
    figure(`CPU a message: ${name}`, (cpu_s * us_per_s) / peak.messages, 'µs'),
  );

/** Of the messages that were everywhere in time. */
export const deliveriesPerS = ({ per_s, deliveries, messages }: SentFigures): number =>
  (per_s * deliveries) / messages;

/** What every kind of conversation tells. */
export function commonFigures(figures: ChattingFigures, { durability, layout }: SystemOptions): Figure[] {
  const { peak, stored, postgres_fsyncs, taken, level_s } = figures;
  const nodes = layout === 'cluster' ? 3 : 1;
  const nats_fsyncs = durability === 'strict' ? stored * nodes : 0;
  const written = serversOf(taken).reduce((sum, { written_bytes }) => sum + written_bytes, 0);
  return [
    figure('lost', peak.lost, 'messages', { at_most: 0 }),
    figure('stream messages a message', stored / peak.messages, ''),
    figure(
      'fsyncs a message (NATS: one each, by its setting; Postgres: its statistics)',
      (nats_fsyncs + postgres_fsyncs) / peak.messages,
      '',
    ),
    figure('dirtied a message (page cache, whole folios)', written / peak.messages / 1_024, 'KB'),
    figure('read models level after', level_s, 's'),
    ...cpuFigures(figures),
  ];
}

export function chattingTables(figures: ChattingFigures): (string | Table)[] {
  const { peak, relay, floor, rates } = figures;
  const of3 = '(p50 / p99 / max, ms)';
  const row = (name: string, sent: SentFigures) => [
    name,
    shown(sent.per_s),
    shown(deliveriesPerS(sent)),
    `${sent.tick}`,
    `${sent.screen}`,
    `${sent.last}`,
    refusalsOf(sent),
  ];
  return [
    {
      head: [
        '',
        'messages/s',
        'deliveries/s',
        `tick ${of3}`,
        `screen ${of3}`,
        `last one ${of3}`,
        'lost, refused',
      ],
      rows: [
        row('closed loop', peak),
        ...rates.map(({ name, sent }) => row(name, sent)),
        row('floor: bare relay', relay),
        ['floor: raw appends', shown(floor.per_s), '', '', '', `${floor.last}`, ''],
      ],
    },
    takenTable('In the closed loop', figures.taken, peak.messages),
    takenTable('The floor of raw appends', figures.floorTaken, floor.messages),
    takenTable('The bare relay', figures.relayTaken, relay.messages),
    ...figures.profiles.flatMap(({ name, file, largest }) => [
      `${name}: largest self times; the whole profile is in ${file}.`,
      {
        head: ['part', 'ms', 'in'],
        rows: largest
          .slice(0, largest_shown)
          .map(({ what, share, ms }) => [`${shown(share * 100)} %`, shown(ms), what]),
      },
    ]),
  ];
}

function takenTable(what: string, taken: readonly Taken[], messages: number): Table {
  return {
    head: [
      what,
      'CPU a message, µs',
      'CPU, s',
      'RSS, MB',
      'dirtied, MB',
      'event loop late (p99 / max, ms)',
      'loop busy',
    ],
    rows: taken.map((one) => [
      one.name,
      shown((one.cpu_s * us_per_s) / messages),
      shown(one.cpu_s),
      shown(one.rss_mb),
      shown(one.written_bytes / 1_048_576),
      `${shown(one.loop_p99_ms)} / ${shown(one.loop_max_ms)}`,
      Number.isNaN(one.busy) ? '' : `${shown(one.busy * 100)} %`,
    ]),
  };
}

function refusalsOf({ lost, refused }: SentFigures): string {
  const told = Object.entries(refused).map(([code, count]) => `${count} ${code}`);
  return [`${lost}`, ...told].join(', ');
}

const shown_percentiles = [50, 75, 90, 95, 98, 99, 99.5, 99.9];

/** Of each load. */
export const percentilesPlot = (
  name: string,
  title: string,
  { peak, relay, rates }: ChattingFigures,
): Plot => ({
  name,
  title,
  x: 'percentile',
  y: 'ms to the screen',
  lines: [{ name: 'closed loop', sent: peak }, ...rates, { name: 'bare relay', sent: relay }].map((one) => ({
    name: one.name,
    points: shown_percentiles.map((part) => [part, one.sent.screen.ms(part / 100)] as const),
  })),
});
