/** Two numbers instead of an update, so that a long run's logs can be compared in memory: 53 bits each, not for security. */
import type { UpdateRecord } from '../records.js';

/** Of JSON whose keys are sorted. */
export function digestOf(value: unknown): number {
  const text =
    JSON.stringify(value, (_key, inner: unknown) => (isObject(inner) ? sorted(inner) : inner)) ?? '';
  let low = 0xdeadbeef;
  let high = 0x41c6ce57;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    low = Math.imul(low ^ unit, 2654435761);
    high = Math.imul(high ^ unit, 1597334677);
  }
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  return 4294967296 * (2097151 & high) + (low >>> 0);
}

export interface UpdateDigest {
  /** Everything but the token, which may be made anew, and the message. */
  readonly about: number;
  /** Null: there is none, or it was deleted before it was shown, which devices may meet differently. */
  readonly message: number | null;
}

export function updateDigest({ pts, date_ms, commitment, update }: UpdateRecord): UpdateDigest {
  const { message, ...about } = update;
  const shown = message as { deleted?: boolean } | undefined;
  return {
    about: digestOf([pts, date_ms, commitment, about]),
    message: shown === undefined || shown.deleted === true ? null : digestOf(shown),
  };
}

export const digestsAgree = (one: UpdateDigest, other: UpdateDigest): boolean =>
  one.about === other.about &&
  (one.message === other.message || one.message === null || other.message === null);

const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

const sorted = (object: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.keys(object)
      .toSorted()
      .map((key) => [key, object[key]]),
  );
