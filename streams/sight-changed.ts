import { isRecord } from '#domain/kernel/check.js';
import { isUuid } from '#domain/kernel/ids.js';

/** Told on plain NATS, at most once, after it was stored: somebody may see less, or more, of the user of the subject. */
export interface SightChanged {
  /** Who; absent: it may be anybody. */
  readonly viewer_id?: string;
  /** The ACCOUNT streams' sequences by which it stands. */
  readonly projected: Readonly<Record<string, number>>;
}

/** Null for what is none. */
export function readSightChanged(json: string): SightChanged | null {
  try {
    const value: unknown = JSON.parse(json);
    return isSightChanged(value) ? value : null;
  } catch {
    return null;
  }
}

const isSightChanged = (value: unknown): value is SightChanged =>
  isRecord(value) &&
  (value['viewer_id'] === undefined || isUuid(value['viewer_id'])) &&
  isRecord(value['projected']) &&
  Object.entries(value['projected']).every(
    ([stream, sequence]) => /^ACCOUNT_\d{1,3}$/.test(stream) && Number.isSafeInteger(sequence),
  );
