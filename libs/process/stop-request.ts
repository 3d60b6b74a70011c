/**
 * Waits to be told to stop: by Ctrl-C, SIGTERM, or the terminal's end. A second Ctrl-C ends the process at once. npm passes on
 * the Ctrl-C that the terminal has already sent to everybody, so what follows at once is the same one.
 */
import { stopCompiling } from './stop-compiling.js';

const same_request_ms = 1_000;
/** The promise is ten seconds, even when the request came while something slow was starting. */
const stop_ms_max_default = 9_000;

export class StopRequest {
  private readonly controller = new AbortController();
  readonly made: Promise<undefined>;

  /** `reloads`: SIGHUP has another meaning in this process. */
  constructor(stop_ms_max = stop_ms_max_default, { reloads = false } = {}) {
    this.made = new Promise((resolve) => {
      let first_ms = 0;
      const request = () => {
        if (this.isMade && Date.now() - first_ms > same_request_ms) process.exit(1);
        if (this.isMade) return;
        first_ms = Date.now();
        setTimeout(() => giveUp(stop_ms_max), stop_ms_max).unref();
        stopCompiling();
        this.controller.abort();
        resolve(undefined);
      };
      const signals = ['SIGINT', 'SIGTERM', ...(reloads ? [] : ['SIGHUP'])] as const;
      for (const signal of signals) process.on(signal, request);
    });
  }

  get isMade(): boolean {
    return this.signal.aborted;
  }

  /** For what can be broken off. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }
}

function giveUp(stop_ms_max: number): void {
  console.error(`Not stopped within ${stop_ms_max} ms; ending at once.`);
  process.exit(1);
}
