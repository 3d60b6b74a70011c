import { createInterface, type Interface } from 'node:readline';

/** Lines of input that wait while an earlier one is worked on; a pipe is read no faster than that. */
const lines_waiting_max = 100;

/** A line interface: what is printed appears above what is being typed. Without a terminal: lines in, lines out. */
export class Screen {
  readonly #readline: Interface;
  readonly #isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  readonly #lines: string[] = [];
  /** Resolves when the user wants to end at once: Ctrl-C, or a signal. */
  readonly quit: Promise<undefined>;
  #isEnded = false;
  #hasQuit: () => void = () => undefined;
  #wake: () => void = () => undefined;

  constructor() {
    const output = this.#isTerminal ? { output: process.stdout } : {};
    this.#readline = createInterface({ input: process.stdin, ...output, terminal: this.#isTerminal });
    this.#readline.on('line', (line) => this.#took(line));
    this.#readline.on('close', () => this.#end());
    this.quit = new Promise((resolve) => (this.#hasQuit = () => resolve(undefined)));
    this.#readline.on('SIGINT', () => this.#hasQuit());
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => this.#hasQuit());
  }

  print(line: string): void {
    if (!this.#isTerminal) return void process.stdout.write(`${line}\n`);
    process.stdout.write(`\r\u001b[K${line}\n`);
    if (!this.#isEnded) this.#readline.prompt(true);
  }

  setPrompt(text: string): void {
    this.#readline.setPrompt(text);
    if (this.#isTerminal && !this.#isEnded) this.#readline.prompt(true);
  }

  /** The next line of input, or null when there is no more: at its end, or after `close`. */
  async nextLine(): Promise<string | null> {
    while (this.#lines.length === 0 && !this.#isEnded) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const line = this.#lines.shift() ?? null;
    if (!this.#isEnded && this.#lines.length < lines_waiting_max) this.#readline.resume();
    return line;
  }

  /** No more input: what waits of it is not looked at any more. */
  close(): void {
    this.#lines.length = 0;
    if (this.#isEnded) return;
    this.#readline.close();
    // The prompt stands in the last line.
    if (this.#isTerminal) process.stdout.write('\n');
  }

  #took(line: string): void {
    if (this.#lines.push(line) >= lines_waiting_max) this.#readline.pause();
    this.#wake();
  }

  #end(): void {
    this.#isEnded = true;
    this.#wake();
  }
}
