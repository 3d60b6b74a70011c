/** What a process waits for while it is not ready yet: told as its health, and said every two seconds. */
import { down, Readiness } from './readiness.js';

const say_every_ms = 2_000;

export class Progress {
  private saidAtMs = performance.now();

  constructor(
    private readonly readiness: Readiness,
    private readonly say: (line: string) => void,
  ) {}

  /** For one thing at a time: what comes before it is there. */
  waitFor(dependency: string, why: string): void {
    this.readiness.become({ required: { [dependency]: async () => down(why) } });
    this.tell(`${dependency}: ${why}`);
  }

  tell(what: string): void {
    if (performance.now() - this.saidAtMs < say_every_ms) return;
    this.saidAtMs = performance.now();
    this.say(`Waiting for ${what}`);
  }
}
