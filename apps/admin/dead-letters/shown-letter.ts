/** A dead letter as people are shown it: what the job carried is told by its size alone. */
import type { FoundLetter } from '#jobs/dead-letters.js';

export interface ShownLetter {
  readonly id: number;
  readonly kind: string;
  readonly key: string;
  readonly reason: string;
  readonly attempts: number;
  readonly first_failed_at: string;
  readonly died_at: string;
  readonly traceparent: string | null;
  readonly message_bytes: number;
}

export const shownLetter = (letter: FoundLetter): ShownLetter => ({
  id: letter.id,
  kind: letter.kind,
  key: letter.key,
  reason: letter.reason,
  attempts: letter.attempts,
  first_failed_at: new Date(letter.first_failed_at_ms).toISOString(),
  died_at: new Date(letter.died_at_ms).toISOString(),
  traceparent: letter.traceparent,
  message_bytes: Buffer.from(letter.message, 'base64').length,
});
