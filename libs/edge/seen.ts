import { Refusal } from '#protocol/refusal.js';
import { mergeSeen, nothingSeen, type SeenPositions } from '#streams/requests.js';
import type { LogPosition } from './log-position.js';
import type { AnnouncedUpdate } from '#streams/announcement.js';

/** What one session has seen: only ever more. A query must cover it before it answers (docs/adr/0005). */
export class SessionSeen {
  private seen: SeenPositions = nothingSeen;
  private ownPts = 0;

  get positions(): SeenPositions {
    return this.seen;
  }

  /** How far it was told that its own log goes. */
  get pts(): number {
    return this.ownPts;
  }

  reach(pts: number): void {
    this.ownPts = Math.max(this.ownPts, pts);
  }

  /** Whoever is told where their log ends has seen that far: a snapshot from before it would leave a hole that no update fills. */
  addHead({ source, pts }: LogPosition): void {
    if (source === undefined) this.reach(pts);
    else this.addUpdate({ source, pts });
  }

  add(seen: SeenPositions): void {
    this.seen = mergeSeen(this.seen, seen);
  }

  /** An update shows its event (which projections of its family must cover) and that the own log has an entry of it. */
  addUpdate({ source, pts }: Pick<AnnouncedUpdate, 'source' | 'pts'>): void {
    this.reach(pts);
    const position = { [source.stream]: source.sequence };
    this.add({ projected: isProjected(source.stream) ? position : {}, logged: position });
  }
}

const isProjected = (stream: string): boolean => stream.startsWith('CHAT_') || stream.startsWith('ACCOUNT_');

/** The header `Odnix-Seen`: over plain HTTP the caller keeps what a session would. Opaque text to them. */
export const seenHeader = 'odnix-seen';
const seen_header_chars_max = 4_096;

export const encodeSeen = (seen: SeenPositions): string =>
  Buffer.from(JSON.stringify([seen.projected, seen.logged])).toString('base64url');

/** Of a request's header, if it has one. */
export function seenOf(header: string | undefined): SeenPositions {
  const seen = header === undefined ? nothingSeen : decodeSeen(header);
  if (seen !== null) return seen;
  throw new Refusal('INVALID_PARAMS', { details: { [seenHeader]: 'as an answer gave it' } });
}

/** Null for what no answer of ours carried. It is not signed: whoever changes it only makes their own queries wait. */
function decodeSeen(header: string): SeenPositions | null {
  if (header.length > seen_header_chars_max) return null;
  try {
    const value: unknown = JSON.parse(Buffer.from(header, 'base64url').toString());
    if (!Array.isArray(value) || value.length !== 2 || !value.every(isPositions)) return null;
    return { projected: { ...value[0] }, logged: { ...value[1] } };
  } catch {
    return null;
  }
}

const isPositions = (value: unknown): value is Record<string, number> =>
  value !== null &&
  typeof value === 'object' &&
  !Array.isArray(value) &&
  Object.entries(value).every(
    ([stream, sequence]) =>
      /^(CHAT|ACCOUNT|RECEIPT)_\d{1,3}$/.test(stream) && Number.isSafeInteger(sequence) && sequence > 0,
  );
