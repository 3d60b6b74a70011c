/** The report of all scenarios: what was measured where, targets beside results, then each scenario's tables and plots. */
import type { Recorded } from '../support/options.js';
import { isMet, markdownOf, shown, tableOf, type Target } from '../support/outcome.js';

/** What people wrote into the report stays there when it is made anew. */
export const byHand = { start: '<!-- by hand -->', end: '<!-- end of what is by hand -->' } as const;
const nothing_yet = '\nNothing was written here yet.\n';

export interface ReportPart {
  /** Unique; in the order of the report. */
  readonly name: string;
  readonly title: string;
  readonly recorded: Recorded | undefined;
}

export function reportOf(parts: readonly ReportPart[], before: string | undefined): string {
  const done = parts.flatMap(({ name, title, recorded }) => (recorded ? [{ name, title, recorded }] : []));
  const missing = parts.filter(({ recorded }) => recorded === undefined).map(({ title }) => title);
  return [
    '# Performance',
    'Made by `npm run bench -- all`; what stands between the marks is by hand. How it is measured: [ADR 50](adr/0050-benches.md). What it means ' +
      'for large installations: [the capacity model](capacity.md).',
    machinesOf(done.map(({ recorded }) => recorded)),
    ...(missing.length === 0 ? [] : [`Not measured: ${missing.join('; ')}.`]),
    '## Targets',
    targetsOf(done),
    '## Where the time goes, and what was done about it',
    `${byHand.start}${handwritten(before)}${byHand.end}`,
    ...done.flatMap(({ title, recorded }) => [
      `## ${title}`,
      markdownOf(recorded).replaceAll(/^#{2,3} /gm, '#### '),
      ...(recorded.plots ?? []).map((plot) => `![${plot.title}](images/${plot.name}.svg)`),
    ]),
    '',
  ].join('\n\n');
}

function machinesOf(all: readonly Recorded[]): string {
  const machines = [...new Set(all.map(({ cores, node }) => `${cores} cores, Node ${node}`))];
  const days = all.map(({ at }) => at.slice(0, 10)).toSorted();
  const loads = all.map(({ load_before }) => load_before);
  const minutes = all.reduce((sum, { took_s }) => sum + took_s, 0) / 60;
  return (
    `All of it, the load's own processes included, on one machine: ${machines.join('; ')}. ${days[0] ?? ''} to ${days.at(-1) ?? ''}, ` +
    `${shown(minutes)} minutes; load of the machine before each: ${shown(Math.min(...loads))} to ${shown(Math.max(...loads))}.`
  );
}

function targetsOf(done: readonly { readonly title: string; readonly recorded: Recorded }[]): string {
  const rows = done.flatMap(({ title, recorded }) =>
    recorded.figures.flatMap((one) => {
      if (one.target === undefined) return [];
      const met = isMet(one) === true ? 'met' : '**missed**';
      return [[title, one.name, `${shown(one.value)} ${one.unit}`, wanted(one.target), met]];
    }),
  );
  return tableOf({ head: ['scenario', 'figure', 'measured', 'target', ''], rows });
}

const wanted = (target: Target): string =>
  'at_most' in target ? `at most ${shown(target.at_most)}` : `at least ${shown(target.at_least)}`;

function handwritten(before: string | undefined): string {
  const [, from] = before?.split(byHand.start) ?? [];
  return from?.split(byHand.end)[0] ?? nothing_yet;
}
