/** `dead-letters show`: one job that was given up. */
import type { NatsConnection } from '@nats-io/nats-core';
import { findDeadLetter, type FoundLetter } from '#jobs/dead-letters.js';
import { OperationRefused, type Operation } from '../operation.js';
import { idParameter } from './letter-parameters.js';
import { shownLetter, type ShownLetter } from './shown-letter.js';

export const showDeadLetterOperation: Operation<{ readonly id: number }, ShownLetter> = {
  name: 'dead-letters show',
  summary: 'Shows why and when a job was given up, and its trace.',
  help: 'What the job carried is not shown.',
  examples: [['npm run admin -- dead-letters show 812', 'one of dead-letters list']],
  role: 'auditor',
  parameters: [{ ...idParameter, required: true }],
  run: async ({ nats }, { id }) => shownLetter(await letterOf(nats, id)),
  print: (letter) => Object.entries(letter).map(([name, value]) => `${name}: ${value ?? 'not known'}`),
};

export async function letterOf(nats: NatsConnection, id: number): Promise<FoundLetter> {
  const letter = await findDeadLetter(nats, id);
  if (letter === null)
    throw new OperationRefused(
      `There is no dead letter ${id}: it was retried or discarded (dead-letters list tells).`,
    );
  return letter;
}
