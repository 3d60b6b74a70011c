/** `dead-letters retry`: has jobs tried anew that were given up. */
import { listDeadLetters, retryDeadLetter } from '#jobs/dead-letters.js';
import type { AdminContext, Operation } from '../operation.js';
import { WrongParameter } from '../parameters.js';
import { idParameter, kindParameter } from './letter-parameters.js';
import { letterOf } from './show-dead-letter.js';

interface RetryParams {
  readonly id?: number;
  readonly kind?: string;
  readonly all?: boolean;
}

export const retryDeadLettersOperation: Operation<RetryParams, { readonly retried: number }> = {
  name: 'dead-letters retry',
  summary: 'Puts jobs back to be tried from their first attempt.',
  help:
    'Those that stood when it began: what dies again meanwhile is left. Interrupted, it may be asked again. An effect that\n' +
    'happened before may be repeated, with the same idempotency key.',
  examples: [
    ['npm run admin -- dead-letters retry 812 --reason "provider is back"', 'one'],
    ['npm run admin -- dead-letters retry --kind push --reason "provider is back"', 'all of a kind'],
  ],
  role: 'operator',
  brokenOff: 'each job is either tried anew or still in the list',
  parameters: [idParameter, kindParameter, { name: 'all', help: 'of every kind' }],
  check: ({ id, kind, all }) => {
    if ([id, kind, all || undefined].filter((given) => given !== undefined).length !== 1)
      throw new WrongParameter('id', 'one of id, kind and all');
  },
  run: async (context, { id, kind }) => {
    if (id !== undefined) {
      await retryDeadLetter(context.nats, await letterOf(context.nats, id));
      return { retried: 1 };
    }
    return { retried: await retryMany(context, kind) };
  },
  print: ({ retried }) => [`${retried} jobs are tried anew.`],
};

async function retryMany({ nats, signal, progress }: AdminContext, kind?: string): Promise<number> {
  const beganMs = Date.now();
  let retried = 0;
  let after = 0;
  for (;;) {
    const { letters, more } = await listDeadLetters(nats, { kind, after });
    for (const letter of letters) {
      signal.throwIfAborted();
      if (letter.died_at_ms > beganMs) continue;
      await retryDeadLetter(nats, letter);
      retried += 1;
      progress({ what: 'putting jobs back', done: retried, unit: 'jobs' });
    }
    if (!more) return retried;
    after = letters.at(-1)!.id;
  }
}
