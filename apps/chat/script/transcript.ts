import { terminalColours, noColours } from '../look.js';
import { padded, wrapped } from '../text-width.js';

const continued_indent = 4;

/** What the audience sees: everybody's rows in the order they came, each with its actor's name. */
export class Transcript {
  readonly #colours = process.stdout.hasColors?.() ? terminalColours : noColours;
  #nameColumns = 0;

  introduce(name: string): void {
    this.#nameColumns = Math.max(this.#nameColumns, name.length);
  }

  tell(text: string): void {
    this.#write(['', ...wrapped(text, this.#columns, 0).map((row) => this.#colours.strong(row)), '']);
  }

  typed(name: string, line: string): void {
    this.#rows(name, `› ${line}`, this.#colours.strong);
  }

  shown(name: string, row: string): void {
    this.#rows(name, row, row.startsWith('! ') ? this.#colours.alarm : (text) => text);
  }

  get #columns(): number {
    return process.stdout.isTTY ? process.stdout.columns - 1 : Infinity;
  }

  #rows(name: string, row: string, colour: (text: string) => string): void {
    const prefix =
      name === '' ? '' : `${this.#colours.person(padded(name, this.#nameColumns), idOf(name))} │ `;
    const room = this.#columns - (name === '' ? 0 : this.#nameColumns + 3);
    const rows = Number.isFinite(room) ? wrapped(row, room, continued_indent) : [row];
    this.#write(rows.map((text) => prefix + colour(text)));
  }

  #write(rows: readonly string[]): void {
    process.stdout.write(rows.map((row) => `${row}\n`).join(''));
  }
}

/** Colours go by the end of an id, in hexadecimal digits. */
function idOf(name: string): string {
  const sum = Array.from(name).reduce((total, character) => total + character.codePointAt(0)!, 0);
  return sum.toString(16).padStart(4, '0');
}
