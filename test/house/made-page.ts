/** Pages of which a part is made from the code: what stands around that part is kept. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';

/** As it is made: tables filled up to the width of their widest cell would change as a whole with every line. */
export async function expectMade(name: string, tables: readonly string[]): Promise<void> {
  const page = join(import.meta.dirname, '../../docs', name);
  const [before, , after] = readFileSync(page, 'utf8').split(/<!-- (?:made from the code|end) -->\n/);
  const made = `${before}<!-- made from the code -->\n\n${tables.join('\n\n')}\n\n<!-- end -->\n${after}`;
  await expect(made).toMatchFileSnapshot(page);
}

/** Of a table. Sees every cell, and throws for one that says nothing. */
export function row(...cells: readonly string[]): string {
  const empty = cells.findIndex((cell) => cell.trim() === '');
  if (empty >= 0) throw new Error(`cell ${empty + 1} of the row ${cells[0]} says nothing`);
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

export const table = (head: readonly string[], rows: readonly string[]): string =>
  [row(...head), row(...head.map(() => '---')), ...rows].join('\n');
