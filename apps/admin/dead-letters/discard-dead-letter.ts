/** `dead-letters discard`: a job that will not be done. */
import { discardDeadLetter } from '#jobs/dead-letters.js';
import type { Operation } from '../operation.js';
import { idParameter } from './letter-parameters.js';
import { letterOf } from './show-dead-letter.js';
import { shownLetter, type ShownLetter } from './shown-letter.js';

export const discardDeadLetterOperation: Operation<{ readonly id: number }, ShownLetter> = {
  name: 'dead-letters discard',
  summary: 'Deletes a job that was given up, for good.',
  help: 'Who did so and why is kept in the log of actions.',
  examples: [['npm run admin -- dead-letters discard 812 --reason "device is gone"', 'one']],
  role: 'operator',
  parameters: [{ ...idParameter, required: true }],
  run: async ({ nats }, { id }) => {
    const letter = await letterOf(nats, id);
    await discardDeadLetter(nats, id);
    return shownLetter(letter);
  },
  print: ({ id, kind, key }) => [`Dead letter ${id} (${kind} ${key}) is discarded.`],
};
