/** The bound on jobs that were given up: so many, and none that died longer ago. Whoever discards them says so. */
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { deadSubjects } from '#streams/subjects.js';
import { listDeadLetters, type FoundLetter } from './dead-letters.js';
import { work_stream } from './work-stream.js';

export interface LetterBounds {
  readonly letters_max: number;
  readonly letter_age_ms_max: number;
}

export const letter_bounds: LetterBounds = { letters_max: 10_000, letter_age_ms_max: 90 * 86_400_000 };

/** Those beyond either bound, the oldest first. */
export async function* expiredLetters(
  nats: NatsConnection,
  { letters_max, letter_age_ms_max }: LetterBounds,
  nowMs: number,
): AsyncGenerator<FoundLetter> {
  let surplus = (await countLetters(nats)) - letters_max;
  for (let after = 0, more = true; more;) {
    const page = await listDeadLetters(nats, { after });
    for (const letter of page.letters) {
      if (surplus <= 0 && nowMs - letter.died_at_ms <= letter_age_ms_max) return;
      surplus -= 1;
      yield letter;
    }
    after = page.letters.at(-1)?.id ?? after;
    more = page.more;
  }
}

async function countLetters(nats: NatsConnection): Promise<number> {
  const jsm = await jetstreamManager(nats, { checkAPI: false });
  const { state } = await jsm.streams.info(work_stream, { subjects_filter: deadSubjects() });
  return Object.keys(state.subjects ?? {}).length;
}
