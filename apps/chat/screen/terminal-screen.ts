import { createInterface, type Interface } from 'node:readline';
import { noColours, terminalColours, type Look } from '../look.js';
import { rowsOf, truncated, widthOf, wrapped } from '../text-width.js';
import { LineQueue } from './line-queue.js';
import type { Console, Typing } from './screen.js';

const history_lines_max = 200;
const continued_indent = 2;

type Answer = (error: null, found: [string[], string]) => void;

interface Block {
  readonly key: string | undefined;
  rows: readonly string[];
}

const up = (rows: number): string => (rows > 0 ? `\u001b[${rows}A` : '');
const to_line_start = '\r';
const clear_below = '\u001b[J';

/**
 * A terminal as a line interface: what is printed appears above what is being typed, and what is still in sight can be
 * shown anew where it stands. Below the last row stand a note, if there is one, and the prompt.
 */
export class TerminalScreen implements Console {
  readonly #readline: Interface;
  readonly #input: LineQueue;
  readonly #output = process.stdout;
  readonly #colours = process.stdout.hasColors() ? terminalColours : noColours;
  /** The last blocks printed, as many as the screen has rows for. Emptied when it is not known what stands where. */
  #inSight: Block[] = [];
  #note: string | null = null;
  #typing: Typing | null = null;

  constructor() {
    this.#readline = createInterface({
      input: process.stdin,
      output: this.#output,
      historySize: history_lines_max,
      removeHistoryDuplicates: true,
      completer: (line: string, answer: Answer) =>
        void this.#complete(line).then((found) => answer(null, found)),
    });
    // Before the queue, so that what was typed is tidied up before anybody answers it.
    this.#readline.on('line', (line) => this.#entered(line));
    this.#input = new LineQueue(this.#readline);
    this.#output.on('resize', () => (this.#inSight = []));
    process.stdin.on('keypress', (_text, key?: { name?: string; ctrl?: boolean }) => this.#pressed(key));
    this.setPrompt('> ');
  }

  get look(): Look {
    // The last column stays free: what stands there makes some terminals begin a row and others not.
    return { columns: this.#columns - 1, colours: this.#colours };
  }

  get quit(): Promise<undefined> {
    return this.#input.quit;
  }

  offer(typing: Typing): void {
    this.#typing = typing;
  }

  print(rows: readonly string[], key?: string): void {
    const block = { key, rows: this.#fitted(rows) };
    this.#inSight.push(block);
    this.#write(0, [block]);
    this.#forgetOutOfSight();
  }

  repaint(key: string, rows: readonly string[]): boolean {
    const index = this.#inSight.findLastIndex((block) => block.key === key);
    if (index < 0) return false;
    const blocks = this.#inSight.slice(index);
    const rowsAbove = countRows(blocks);
    blocks[0]!.rows = this.#fitted(rows);
    this.#write(rowsAbove, blocks);
    this.#forgetOutOfSight();
    return true;
  }

  setNote(text: string | null): void {
    if (text === this.#note) return;
    const rows = this.#noteRows;
    this.#note = text;
    this.#write(0, [], rows);
  }

  setPrompt(text: string): void {
    this.#readline.setPrompt(text);
    if (!this.#input.isEnded) this.#readline.prompt(true);
  }

  nextLine(): Promise<string | null> {
    return this.#input.next();
  }

  close(): void {
    if (this.#input.isEnded) return;
    this.#input.close();
    // The prompt stands in the last line.
    this.#output.write('\n');
  }

  get #columns(): number {
    return this.#output.columns || 80;
  }

  get #noteRows(): number {
    return this.#note === null ? 0 : 1;
  }

  #noteRow(): string {
    if (this.#note === null) return '';
    return `${this.#colours.faint(truncated(this.#note, this.look.columns))}\n`;
  }

  /** Takes away the prompt, the note and so many rows above them, writes the blocks there, and puts both back. */
  #write(rowsAbove: number, blocks: readonly Block[], noteRows = this.#noteRows): void {
    if (this.#input.isEnded) return void this.#output.write(textOf(blocks));
    const typedRows = this.#readline.getCursorPos().rows;
    const away = up(typedRows + noteRows + rowsAbove) + to_line_start + clear_below;
    // Readline goes up as many rows as the cursor stood below the prompt before it draws the line anew.
    this.#output.write(away + textOf(blocks) + this.#noteRow() + '\n'.repeat(typedRows));
    this.#readline.prompt(true);
  }

  #forgetOutOfSight(): void {
    const room = (this.#output.rows || 24) - this.#noteRows - 1 - this.#readline.getCursorPos().rows;
    while (countRows(this.#inSight) > room) this.#inSight.shift();
  }

  /** A row that the terminal had to wrap would be more rows than are known of. */
  #fitted(rows: readonly string[]): readonly string[] {
    const { columns } = this.look;
    return rows.flatMap((row) => (widthOf(row) <= columns ? [row] : wrapped(row, columns, continued_indent)));
  }

  /** What was typed is taken away: a text comes back as a message, a command stays as a faint line. */
  #entered(line: string): void {
    if (this.#input.isEnded) return;
    const typedRows = rowsOf(this.#readline.getPrompt() + line, this.#columns);
    const note = typedRows === null ? '' : this.#noteRow();
    if (typedRows === null) this.#inSight = [];
    else this.#output.write(up(typedRows + this.#noteRows) + to_line_start + clear_below);
    const isCommand = line.startsWith('/') && !line.startsWith('//');
    const rows = typedRows !== null && isCommand ? this.#fitted([this.#colours.faint(`› ${line}`)]) : [];
    this.#inSight.push({ key: undefined, rows });
    this.#output.write(rows.map((row) => `${row}\n`).join('') + note);
    this.#readline.prompt();
  }

  async #complete(line: string): Promise<[string[], string]> {
    const found = (await this.#typing?.complete(line).catch(() => [])) ?? [];
    // Readline lists them where nothing is known of it.
    if (found.length > 1) this.#inSight = [];
    return [found, line];
  }

  #pressed(key?: { name?: string; ctrl?: boolean }): void {
    if (key?.ctrl && key.name === 'l') this.#inSight = [];
    const { line } = this.#readline;
    if (key?.name !== 'return' && line !== '' && !line.startsWith('/')) this.#typing?.writing();
  }
}

function textOf(blocks: readonly Block[]): string {
  return blocks.flatMap(({ rows }) => rows.map((row) => `${row}\n`)).join('');
}

function countRows(blocks: readonly Block[]): number {
  return blocks.reduce((sum, { rows }) => sum + rows.length, 0);
}
