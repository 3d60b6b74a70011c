/** Cursors of pages: where the page before ended, opaque to clients. Not signed: whoever changes one reads elsewhere in what is theirs. */
import { Refusal } from '#protocol/refusal.js';

export const encodeCursor = (values: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify(values)).toString('base64url');

/** Undefined without a cursor; throws INVALID_PARAMS for what `fits` does not accept. */
export function decodeCursor<T extends readonly unknown[]>(
  cursor: string | undefined,
  fits: (values: readonly unknown[]) => boolean,
): T | undefined {
  if (cursor === undefined) return undefined;
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(values) && fits(values)) return values as unknown as T;
  } catch {
    // Refused below.
  }
  throw new Refusal('INVALID_PARAMS', { details: { cursor: 'a next_cursor of the same method' } });
}
