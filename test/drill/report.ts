/** A drill's result for people: what each fault did, over its rounds, and what the checker looked at. */
import { checks, type Findings } from './checker/findings.js';
import type { Area, FaultFigures } from './measure/window-figures.js';
import type { SpreadFigures } from './measure/spread.js';

export interface ReportHead {
  readonly layout: string;
  readonly seeds: readonly number[];
  readonly users: number;
  readonly operations_per_second: number;
  readonly cores: number;
  /** Of this machine, before anything was begun: what else was running on it. */
  readonly load_before: number;
}

const columns: readonly Area[] = ['send', 'change', 'receipts', 'members', 'catch_up', 'read'];

/** Of each fault over all rounds and seeds: the longest wait of the typical round, and of the worst. */
export function markdownReport(
  head: ReportHead,
  figures: readonly FaultFigures[],
  findings: readonly Findings[],
): string {
  const byFault = Map.groupBy(figures, ({ fault }) => fault);
  const title = `Drill: ${head.layout}, ${head.users} users, ${head.operations_per_second} operations/s, seeds ${head.seeds.join(', ')}`;
  return [
    `# ${title}`,
    '',
    `All of it, clients included, on one machine of ${head.cores} cores; its load average before: ${head.load_before}.`,
    'The longest wait from asking to success, its retries included: median of the rounds / worst round, in milliseconds.',
    '',
    row([
      'fault',
      'rounds',
      ...columns,
      'live push',
      'sockets closed',
      'reconnect',
      'retryable errors',
      'shown to SDK users',
    ]),
    row(Array.from({ length: 13 }, () => '---')),
    ...[...byFault].map(([fault, rounds]) => faultRow(fault, rounds)),
    '',
    ...checkerLines(findings),
    '',
  ].join('\n');
}

function faultRow(fault: string, rounds: readonly FaultFigures[]): string {
  const ofArea = (area: Area) => longest(rounds.map(({ areas }) => areas[area]));
  const errors = sum(
    rounds.flatMap(({ areas }) => Object.values(areas).map((area) => area.retryable_errors)),
  );
  return row([
    fault,
    String(rounds.length),
    ...columns.map(ofArea),
    longest(rounds.map(({ live_push }) => live_push.kept)),
    counted(
      sum(
        rounds.map(({ sockets_closed, sdk_sockets_closed: sdk }) =>
          sdk > 0 ? { ...sockets_closed, SDK: sdk } : sockets_closed,
        ),
      ),
    ),
    longest(rounds.map(({ reconnect }) => reconnect)),
    counted(errors),
    counted(sum(rounds.flatMap(({ shown, sdk_calls_rejected }) => [shown, sdk_calls_rejected]))),
  ]);
}

function longest(all: readonly (SpreadFigures | undefined)[]): string {
  const found = all.flatMap((figures) => (figures?.max_ms == null ? [] : [figures.max_ms]));
  if (found.length === 0) return '–';
  const sorted = found.toSorted((one, other) => one - other);
  return `${sorted[Math.floor((sorted.length - 1) / 2)]} / ${sorted.at(-1)}`;
}

function sum(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const counts of all)
    for (const [name, count] of Object.entries(counts)) total[name] = (total[name] ?? 0) + count;
  return total;
}

const counted = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ') || '0';

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function checkerLines(findings: readonly Findings[]): string[] {
  const all = findings.flatMap((one) => one.counts());
  const byCheck = Map.groupBy(all, ({ check }) => check);
  const notes = sum(findings.map(({ notes: ofRun }) => Object.fromEntries(ofRun)));
  return [
    row(['check', 'looked at', 'wrong']),
    row(['---', '---', '---']),
    ...[...byCheck].map(([check, counts]) => {
      const total = (name: 'looked' | 'wrong') => String(counts.reduce((sofar, one) => sofar + one[name], 0));
      return row([checks[check], total('looked'), total('wrong')]);
    }),
    '',
    `Allowed and counted: ${counted(notes)}.`,
    ...findings.flatMap(({ violations }) =>
      violations.map(({ check, detail }) => `- **${check}**: ${detail}`),
    ),
  ];
}
