import Table from 'cli-table3';

/** Null: `-`. */
export type Cell = string | number | null;

/** Columns for people, without frames or colours; the head alone when there are no rows. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string[] {
  const none = '';
  const made = new Table({
    head: [...head],
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    chars: {
      top: none,
      'top-mid': none,
      'top-left': none,
      'top-right': none,
      bottom: none,
      'bottom-mid': none,
      'bottom-left': none,
      'bottom-right': none,
      left: none,
      'left-mid': none,
      mid: none,
      'mid-mid': none,
      right: none,
      'right-mid': none,
      middle: none,
    },
  });
  made.push(...rows.map((row) => row.map((cell) => (cell === null ? '-' : printable(String(cell))))));
  return made
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}

/** A person's words may hold what moves the cursor of whoever reads them. */
export const printable = (text: string): string => text.toWellFormed().replaceAll(/\p{C}/gu, '\ufffd');

/** `2026-01-31 12:00:00`, UTC; of nothing `-`. */
export const moment = (ms: number | null): string =>
  ms === null ? '-' : new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
