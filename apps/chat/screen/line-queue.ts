import type { Interface } from 'node:readline';

/** Lines of input that wait while an earlier one is worked on; a pipe is read no faster than that. */
const lines_waiting_max = 100;

/** The lines of a readline interface, one after the other, and the wish to end. */
export class LineQueue {
  readonly quit: Promise<undefined>;
  readonly #lines: string[] = [];
  #isEnded = false;
  #hasQuit: () => void = () => undefined;
  #wake: () => void = () => undefined;

  constructor(private readonly readline: Interface) {
    readline.on('line', (line) => this.#took(line));
    readline.on('close', () => this.#end());
    this.quit = new Promise((resolve) => (this.#hasQuit = () => resolve(undefined)));
    readline.on('SIGINT', () => this.#hasQuit());
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => this.#hasQuit());
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  async next(): Promise<string | null> {
    while (this.#lines.length === 0 && !this.#isEnded) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const line = this.#lines.shift() ?? null;
    if (!this.#isEnded && this.#lines.length < lines_waiting_max) this.readline.resume();
    return line;
  }

  close(): void {
    this.#lines.length = 0;
    if (!this.#isEnded) this.readline.close();
  }

  #took(line: string): void {
    if (this.#lines.push(line) >= lines_waiting_max) this.readline.pause();
    this.#wake();
  }

  #end(): void {
    this.#isEnded = true;
    this.#wake();
  }
}
