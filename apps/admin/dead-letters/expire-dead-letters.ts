/** `dead-letters expire`: discards what is beyond the bound. */
import { discardDeadLetter } from '#jobs/dead-letters.js';
import { expiredLetters, letter_bounds } from '#jobs/expired-letters.js';
import { durationMs } from '../durations.js';
import type { Operation } from '../operation.js';
import { positiveParameter } from './letter-parameters.js';

interface ExpireParams {
  readonly olderThan?: number;
  readonly keep?: number;
}
interface Expired {
  readonly discarded: number;
  /** By kind of job. */
  readonly kinds: Readonly<Record<string, number>>;
}

export const expireDeadLettersOperation: Operation<ExpireParams, Expired> = {
  name: 'dead-letters expire',
  summary: 'Discards dead letters that are too old or too many, the oldest first, and names each.',
  help: 'Runs by itself every hour, with the bounds that are given here as defaults, when there is anything to discard.',
  examples: [
    ['npm run admin -- dead-letters expire --older-than 30d --reason "dealt with"', 'none from before'],
    ['npm run admin -- dead-letters expire --keep 100 --reason "flood of May"', 'the last hundred stay'],
  ],
  role: 'operator',
  brokenOff: 'what is named is discarded, and nothing else',
  parameters: [
    {
      name: 'olderThan',
      value: 'duration',
      help: 'those that died longer ago (default: 90d)',
      parse: durationMs,
      expected: 'a duration as 12h or 30d',
    },
    positiveParameter('keep', `so many are left at most (default: ${letter_bounds.letters_max})`),
  ],
  run: async ({ nats, signal, say }, params) => {
    const { olderThan = letter_bounds.letter_age_ms_max, keep = letter_bounds.letters_max } = params;
    const bounds = { letters_max: keep, letter_age_ms_max: olderThan };
    const kinds: Record<string, number> = {};
    let discarded = 0;
    for await (const { id, kind, key, reason } of expiredLetters(nats, bounds, Date.now())) {
      signal.throwIfAborted();
      await discardDeadLetter(nats, id);
      say(`dead letter ${id} is discarded: ${kind} ${key}: ${reason}`);
      kinds[kind] = (kinds[kind] ?? 0) + 1;
      discarded += 1;
    }
    return { discarded, kinds };
  },
  print: ({ discarded, kinds }) => [
    `${discarded} dead letters discarded.`,
    ...Object.entries(kinds).map(([kind, count]) => `${kind}: ${count}`),
  ],
};
