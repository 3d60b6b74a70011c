/** Waits for a program that was just started to answer over HTTP. */
import { setTimeout as pause } from 'node:timers/promises';
import { logTail, type Child } from '../../apps/odnix/embedded/child-process.js';

const ready_ms_max = 60_000;
const poll_ms = 50;

/** Throws with the end of its log when it ends before, or does not answer in time; it is stopped then. */
export async function answering(name: string, child: Child, url: string, logFile: string): Promise<void> {
  const deadline = Date.now() + ready_ms_max;
  while (!(await answers(url))) {
    if (!child.hasExited && Date.now() < deadline) {
      await pause(poll_ms);
      continue;
    }
    await child.stop();
    throw new Error(`${name} does not answer at ${url}:\n${logTail(logFile)}`);
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(ready_ms_max) })).ok;
  } catch {
    return false;
  }
}
