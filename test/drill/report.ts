/** A drill's result for people: what each fault did, over its rounds, and what the checker looked at. */
import { checks, type Findings } from './checker/findings.js';
import type { RunFigures } from './measure/measure-run.js';
import type { Area, FaultFigures } from './measure/window-figures.js';
import type { SpreadFigures } from './measure/spread.js';

export interface ReportHead {
  /** Of faults by chance. */
  readonly minutes?: number;
  readonly layout: string;
  readonly seeds: readonly number[];
  readonly users: number;
  readonly operations_per_second: number;
  readonly cores: number;
  /** Of this machine, before anything was begun: what else was running on it. */
  readonly load_before: number;
}

const columns: readonly Area[] = ['send', 'change', 'receipts', 'members', 'catch_up', 'read'];

export function markdownReport(
  head: ReportHead,
  figures: readonly RunFigures[],
  findings: readonly Findings[],
): string {
  const faults = figures.flatMap((one) => one.faults);
  const how = head.minutes === undefined ? 'faults in turn' : `${head.minutes} minutes of faults by chance`;
  const title = `Drill: ${head.layout}, ${how}, ${head.users} users, ${head.operations_per_second} operations/s, seeds ${head.seeds.join(', ')}`;
  return [
    `# ${title}`,
    '',
    `All of it, clients included, on one machine of ${head.cores} cores; its load average before: ${head.load_before}.`,
    '',
    ...(head.minutes === undefined ? waitLines(faults) : recoveryLines(faults)),
    '',
    ...operationLines(figures),
    '',
    ...checkerLines(findings),
    '',
  ].join('\n');
}

/** Of each kind over all its faults: how long something waited noticeably or met an error. */
function recoveryLines(figures: readonly FaultFigures[]): string[] {
  const columnNames = ['fault', 'times', 'disturbed since its beginning', 'disturbed after its end'];
  const more = ['sockets closed', 'retryable errors', 'shown to SDK users', 'SDK calls rejected'];
  return [
    'How long operations waited for more than a second or met a retryable error: median / nine of ten / worst, in milliseconds.',
    '',
    row([...columnNames, ...more]),
    row(Array.from({ length: 8 }, () => '---')),
    ...[...Map.groupBy(figures, ({ kind }) => kind)].map(([kind, all]) => {
      const disturbed = all.map(disturbedMs);
      return row([
        kind,
        String(all.length),
        percentiles(disturbed.map(({ sinceBegin }) => sinceBegin)),
        percentiles(disturbed.map(({ afterEnd }) => afterEnd)),
        ...disturbance(all),
        counted(sum(all.map(({ sdk_calls_rejected }) => sdk_calls_rejected))),
      ]);
    }),
  ];
}

function disturbedMs({ areas, phases }: FaultFigures): { sinceBegin: number; afterEnd: number } {
  const sinceBegin = Math.max(0, ...Object.values(areas).map(({ disturbed_until_ms }) => disturbed_until_ms));
  const endedMs = phases.find(({ phase }) => phase === 'starting')?.afterMs ?? 0;
  return { sinceBegin, afterEnd: Math.max(0, sinceBegin - endedMs) };
}

function percentiles(all: readonly number[]): string {
  const sorted = all.toSorted((one, other) => one - other);
  const at = (part: number) => sorted[Math.floor((sorted.length - 1) * part)]!;
  return [at(0.5), at(0.9), at(1)].join(' / ');
}

/** Of each fault over all rounds and seeds: the longest wait of the typical round, and of the worst. */
function waitLines(figures: readonly FaultFigures[]): string[] {
  const more = ['live push', 'reconnect', 'sockets closed', 'retryable errors', 'shown to SDK users'];
  return [
    'The longest wait from asking to success, its retries included: median of the rounds / worst round, in milliseconds.',
    '',
    row(['fault', 'rounds', ...columns, ...more]),
    row(Array.from({ length: 13 }, () => '---')),
    ...[...Map.groupBy(figures, ({ fault }) => fault)].map(([fault, rounds]) =>
      row([
        fault,
        String(rounds.length),
        ...columns.map((area) => longest(rounds.map(({ areas }) => areas[area]))),
        longest(rounds.map(({ live_push }) => live_push.kept)),
        longest(rounds.map(({ reconnect }) => reconnect)),
        ...disturbance(rounds),
      ]),
    ),
  ];
}

/** Sockets closed by cause, errors that raw clients met and retried, and what SDK users were shown. */
function disturbance(all: readonly FaultFigures[]): string[] {
  const closed = all.map(({ sockets_closed, sdk_sockets_closed: sdk }) =>
    sdk > 0 ? { ...sockets_closed, SDK: sdk } : sockets_closed,
  );
  const errors = all.flatMap(({ areas }) => Object.values(areas).map((area) => area.retryable_errors));
  return [closed, errors, all.map(({ shown }) => shown)].map((counts) => counted(sum(counts)));
}

function operationLines(figures: readonly RunFigures[]): string[] {
  const methods = [...new Set(figures.flatMap(({ operations }) => Object.keys(operations)))].toSorted();
  return [
    row(['operation', 'what came of it']),
    row(['---', '---']),
    ...methods.map((method) =>
      row([method, counted(sum(figures.map(({ operations }) => operations[method] ?? {})))]),
    ),
  ];
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
