import { createInterface } from 'node:readline';
import { plainLook } from '../look.js';
import { LineQueue } from './line-queue.js';
import type { Console } from './screen.js';

/** Lines in, lines out: for pipes and files. What was printed stays as it is. */
export class PlainScreen implements Console {
  readonly look = plainLook;
  readonly #input = new LineQueue(createInterface({ input: process.stdin, terminal: false }));

  get quit(): Promise<undefined> {
    return this.#input.quit;
  }

  print(rows: readonly string[]): void {
    process.stdout.write(rows.map((row) => `${row}\n`).join(''));
  }

  repaint(): boolean {
    return false;
  }

  setNote(text: string | null): void {
    if (text !== null) this.print([`· ${text}`]);
  }

  setPrompt(): void {}

  nextLine(): Promise<string | null> {
    return this.#input.next();
  }

  close(): void {
    this.#input.close();
  }
}
