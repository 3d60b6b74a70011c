/** Rows as people read them: aligned, without lines. */
import Table from 'cli-table3';

export type Cell = string | number | boolean | null;

const nothing = '';
const bare = {
  top: nothing,
  'top-mid': nothing,
  'top-left': nothing,
  'top-right': nothing,
  bottom: nothing,
  'bottom-mid': nothing,
  'bottom-left': nothing,
  'bottom-right': nothing,
  left: nothing,
  'left-mid': nothing,
  mid: nothing,
  'mid-mid': nothing,
  right: nothing,
  'right-mid': nothing,
  middle: '  ',
};

/** Numbers to the right. Null is shown as `-`. What is not printable is taken out: titles and names are people's. */
export function columns(head: readonly string[], rows: readonly (readonly Cell[])[]): string[] {
  const isNumber = (column: number) =>
    rows.every((row) => row[column] === null || typeof row[column] === 'number');
  const table = new Table({
    chars: bare,
    head: [...head],
    colAligns: head.map((_, column) => (rows.length > 0 && isNumber(column) ? 'right' : 'left')),
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
  });
  table.push(...rows.map((row) => row.map((cell) => (cell === null ? '-' : printable(String(cell))))));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}

/** A person's words may hold what moves the cursor of whoever reads them. */
export const printable = (text: string): string => text.toWellFormed().replaceAll(/\p{C}/gu, '\ufffd');

/** As in ISO 8601, in UTC; null: `-`. */
export const moment = (ms: number | null): string => (ms === null ? '-' : new Date(ms).toISOString());
