/**
 * Waits to be told to stop: by Ctrl-C, SIGTERM, or the terminal's end. A second Ctrl-C ends the process at once. npm passes on
 * the Ctrl-C that the terminal has already sent to everybody, so what follows at once is the same one.
 */
const same_request_ms = 1_000;
const starting_ms = 9_000;

export class StopRequest {
  isMade = false;
  readonly made: Promise<undefined>;

  constructor() {
    this.made = new Promise((resolve) => {
      let first_ms = 0;
      const request = () => {
        if (this.isMade && Date.now() - first_ms > same_request_ms) process.exit(1);
        if (this.isMade) return;
        this.isMade = true;
        first_ms = Date.now();
        setTimeout(giveUp, starting_ms).unref();
        resolve(undefined);
      };
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, request);
    });
  }
}

/** The promise is ten seconds, even when the request came while something slow was starting. */
function giveUp(): void {
  console.error(`Not stopped within ${starting_ms} ms; ending at once.`);
  process.exit(1);
}
