/**
 * Ctrl-C on a command: the first asks it to end, which it does when nothing is half done; a second one ends it at once. npm passes
 * on the Ctrl-C that the terminal has already sent to everybody, so what follows at once is the same one.
 */
export const interrupted_exit_code = 130;
const same_request_ms = 1_000;

export function onInterrupt(say: (line: string) => void): AbortSignal {
  const controller = new AbortController();
  let first_ms = 0;
  const interrupt = (): void => {
    if (controller.signal.aborted) {
      if (Date.now() - first_ms > same_request_ms) process.exit(interrupted_exit_code);
      return;
    }
    first_ms = Date.now();
    say('Ending; Ctrl-C once more ends it at once ...');
    controller.abort(new Error('Interrupted.'));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
  return controller.signal;
}
