/** The whole system as a process with a data directory of its own: started, killed and stopped for real, again and again. */
import { LaunchedOdnix } from './launched-odnix.js';

export interface OdnixProcess {
  url: string;
  readonly pid: number;
  /** Everything written so far. */
  output(): string;
  /** SIGKILL for the whole tree at once, or for the app alone, which leaves its servers as orphans. */
  kill(whom: 'tree' | 'app'): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** Resolves when the system says where it runs; throws with its output when it ends before. */
export async function startOdnix(
  dataDir: string,
  env: Record<string, string> = {},
  program?: string,
): Promise<OdnixProcess> {
  const launched = new LaunchedOdnix({
    program,
    env: { ODNIX_DATA_DIR: dataDir, LOG_LEVEL: 'warn', ...env },
  });
  return {
    url: await launched.url(),
    pid: launched.pid,
    output: () => launched.output,
    kill: async (whom) => {
      for (const pid of whom === 'tree' ? launched.family() : [launched.pid]) process.kill(pid, 'SIGKILL');
      await launched.exited;
    },
    stop: () => launched.stop(),
  };
}
