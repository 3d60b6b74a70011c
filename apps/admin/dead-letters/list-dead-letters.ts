/** `dead-letters list`: the jobs that were given up. */
import { listDeadLetters } from '#jobs/dead-letters.js';
import type { Operation } from '../operation.js';
import { kindParameter, positiveParameter } from './letter-parameters.js';
import { shownLetter, type ShownLetter } from './shown-letter.js';

const limit_default = 50;

interface ListParams {
  readonly kind?: string;
  readonly after?: number;
  readonly limit?: number;
}
interface Listed {
  readonly letters: readonly ShownLetter[];
  /** Give it as `after` for the next page; null: that was all. */
  readonly next_after: number | null;
}

export const listDeadLettersOperation: Operation<ListParams, Listed> = {
  name: 'dead-letters list',
  summary: 'Lists the jobs that were given up, oldest first.',
  examples: [
    ['npm run admin -- dead-letters list', 'the first 50'],
    ['npm run admin -- dead-letters list --kind push --after 812', 'those of a kind that follow'],
  ],
  role: 'auditor',
  parameters: [
    kindParameter,
    positiveParameter('after', 'those that follow this id'),
    positiveParameter('limit', `so many at most; ${limit_default} unless given, never over 1000`),
  ],
  run: async ({ nats }, { kind, after, limit = limit_default }) => {
    const page = { kind, limit, ...(after === undefined ? {} : { after }) };
    const { letters, more } = await listDeadLetters(nats, page);
    return { letters: letters.map(shownLetter), next_after: more ? letters.at(-1)!.id : null };
  },
  print: ({ letters, next_after }) => [
    ...(letters.length === 0 ? ['No dead letters.'] : []),
    ...letters.map(
      ({ id, kind, key, reason, attempts, died_at }) =>
        `${id}  ${died_at}  ${kind} ${key}: ${reason}, after ${attempts} attempts`,
    ),
    ...(next_after === null ? [] : [`There are more: --after ${next_after}`]),
  ],
};
