/** What a scenario found, in one form: figures with their targets, tables, plots, remarks; for people as Markdown, for programs as JSON. */

export type Target = { readonly at_most: number } | { readonly at_least: number };

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly target?: Target;
}

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

export interface Plot {
  /** Of its file, without the ending. */
  readonly name: string;
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly lines: readonly {
    readonly name: string;
    readonly points: readonly (readonly [number, number])[];
  }[];
}

export interface Outcome {
  readonly scenario: string;
  readonly settings: Readonly<Record<string, string | number>>;
  readonly figures: readonly Figure[];
  /** What is no figure by itself: a paragraph, or a table. */
  readonly parts: readonly (string | Table)[];
  readonly plots?: readonly Plot[];
}

/** Of a scenario that writes its report by itself. */
export interface Written {
  readonly markdown: string;
  readonly figures: readonly Figure[];
}

export const figure = (name: string, value: number, unit: string, target?: Target): Figure => ({
  name,
  value,
  unit,
  ...(target === undefined ? {} : { target }),
});

/** Undefined where there is no target. A value that is none (NaN) meets nothing. */
export function isMet({ value, target }: Figure): boolean | undefined {
  if (target === undefined) return undefined;
  return 'at_most' in target ? value <= target.at_most : value >= target.at_least;
}

/** Three digits, and the thousands apart. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export function markdownOf({ settings, figures, parts }: Outcome): string {
  const told = Object.entries(settings).map(([name, value]) => `${name} ${value}`);
  const rows = figures.map((one) => [one.name, `${shown(one.value)} ${one.unit}`, targetOf(one)]);
  return [
    ...(told.length === 0 ? [] : [`Settings: ${told.join(', ')}.`]),
    ...(rows.length === 0 ? [] : [tableOf({ head: ['figure', 'value', 'target'], rows })]),
    ...parts.map((part) => (typeof part === 'string' ? part : tableOf(part))),
  ].join('\n\n');
}

export function tableOf({ head, rows }: Table): string {
  const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
}

function targetOf(one: Figure): string {
  const { target } = one;
  if (target === undefined) return '';
  const text =
    'at_most' in target ? `at most ${shown(target.at_most)}` : `at least ${shown(target.at_least)}`;
  return `${text}: ${isMet(one) === true ? 'met' : '**missed**'}`;
}
