/** A job whose effects are lines of a file, so that they outlive whoever is killed; and, run by itself, a runner of it. */
import { appendFileSync } from 'node:fs';
import { IsIn, IsString } from 'class-validator';
import { defineJob } from '#jobs/define-job.js';
import { startJobRunner } from '#jobs/job-runner.js';
import { connectNats } from '#streams/connection.js';

export class CountedPayload {
  @IsString()
  file!: string;

  @IsIn(['well', 'never', 'at the third', 'hangs'])
  goes!: 'well' | 'never' | 'at the third' | 'hangs';
}

export const countingJob = defineJob({
  kind: 'counting',
  payload: CountedPayload,
  attempts_max: 3,
  backOff: { first_ms: 200, ms_max: 2_000 },
  concurrency_max: 2,
  run: async ({ payload: { file, goes }, attempt, idempotencyKey, signal }) => {
    appendFileSync(file, `${idempotencyKey} ${attempt}\n`);
    if (goes === 'hangs' && process.argv[2] !== undefined)
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))));
    if (goes === 'never' || (goes === 'at the third' && attempt < 3)) throw new TypeError('a secret');
  },
});

const [, , natsUrl] = process.argv;
if (natsUrl?.startsWith('nats://')) {
  const nats = await connectNats(natsUrl, { maxReconnectAttempts: -1 });
  startJobRunner(nats, [countingJob], { ackWaitMs: 1_000 });
  process.stdout.write('ready\n');
}
