/** A person at a terminal: `npm run chat` as a process, driven by its lines. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { dirname, join } from 'node:path';
import { builtProgram } from './built.js';

/** Long enough for a client's longest pause between two attempts to connect. */
const shown_within_ms = 60_000;

export class ChatTerminal {
  output = '';
  readonly exited: Promise<number | null>;
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly watchers = new Set<() => void>();
  /** How far the output was looked at: what is expected next comes after it. */
  private seen = 0;

  constructor(args: readonly string[]) {
    const program = join(dirname(builtProgram()), '../chat/main.js');
    this.child = spawn(process.execPath, [program, ...args], { stdio: 'pipe' });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.on('data', (text: Buffer) => {
        this.output += text.toString();
        for (const look of this.watchers) look();
      });
    }
    this.exited = new Promise((resolve) => this.child.once('close', (code) => resolve(code)));
    void this.exited.then(() => {
      for (const look of this.watchers) look();
    });
  }

  type(...lines: string[]): this {
    for (const line of lines) this.child.stdin.write(`${line}\n`);
    return this;
  }

  /** Waits for a line that matches, after those found before. */
  async shows(pattern: RegExp): Promise<string> {
    await this.until(() => pattern.test(this.output.slice(this.seen)), `${pattern}`);
    const [text] = pattern.exec(this.output.slice(this.seen))!;
    this.seen = this.output.indexOf(text, this.seen) + text.length;
    return text;
  }

  /** The end of input: sends what waits and ends by itself. Resolves with the exit code. */
  end(...lines: string[]): Promise<number | null> {
    this.type(...lines).child.stdin.end();
    return this.exited;
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }

  private async until(condition: () => boolean, what: string): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        this.watchers.delete(look);
      };
      const fail = (why: string): void => {
        stop();
        reject(new Error(`${what} ${why}:\n${this.output}`));
      };
      const timer = setTimeout(() => fail(`was not shown within ${shown_within_ms} ms`), shown_within_ms);
      const look = (): void => {
        if (condition()) resolve(stop());
        else if (this.child.exitCode !== null) fail('was not shown before the end');
      };
      this.watchers.add(look);
    });
  }
}
