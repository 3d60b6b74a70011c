/** What a run found: by section of the protocol, then each check that does not hold, with the sentence it is about. */
import { sections, type Section } from './check.js';
import type { Outcome } from './run.js';

export interface Report {
  readonly text: string;
  readonly holds: boolean;
}

export function reportOf(outcomes: readonly Outcome[]): Report {
  const wrong = outcomes.filter((outcome) => outcome.wrong !== null);
  const found = wrong.map(
    ({ check, wrong: seen }) =>
      `\n${check.name} (section ${check.section})\n  ${check.says}\n  ${indented(seen!)}`,
  );
  const bySection = (Object.keys(sections).map(Number) as Section[]).map((section) =>
    lineOf(section, outcomes),
  );
  const verdict =
    wrong.length === 0
      ? 'The protocol is there.'
      : `${wrong.length} of ${outcomes.length} checks do not hold.`;
  return { text: [...found, '', ...bySection, '', verdict].join('\n'), holds: wrong.length === 0 };
}

function lineOf(section: Section, outcomes: readonly Outcome[]): string {
  const of = outcomes.filter(({ check }) => check.section === section);
  const held = of.filter(({ wrong }) => wrong === null).length;
  return `${held === of.length ? ' ok ' : 'FAIL'}  ${String(held).padStart(3)} of ${String(of.length).padStart(3)}  ${section}  ${sections[section]}`;
}

const indented = (text: string): string => text.split('\n').join('\n  ');
