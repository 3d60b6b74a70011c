/** Logs what goes away and what comes back, for whoever reads logs rather than health. */
import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { describeMissing, type ReadinessSource } from './readiness.js';

const look_every_ms = 5_000;

/** Until the signal aborts. */
export async function watchReadiness(
  readiness: ReadinessSource,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const logger = new Logger(name);
  let known = '';
  for (;;) {
    await pause(look_every_ms, undefined, { signal }).catch(() => undefined);
    const missing = describeMissing(await readiness.report());
    if (signal.aborted) return;
    if (missing !== known) logger.warn(missing === '' ? 'Everything answers again' : `Away: ${missing}`);
    known = missing;
  }
}
