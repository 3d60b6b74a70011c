/** A command that was refused, as it stands in REFUSED: who, what, when and why not, and nothing of what it held. */
import type { Identity } from './requests.js';

export interface RefusedCommand {
  readonly format: 1;
  readonly occurred_at_ms: number;
  readonly actor: Identity;
  readonly command_id: string;
  readonly method: string;
  readonly code: string;
  /** The messages it was about, `refused_seqs_max` at most. */
  readonly seqs: readonly number[];
  readonly traceparent: string | null;
  /** Of the same user since the one before: refused, and not kept, because there were too many. */
  readonly unrecorded: number;
}

export const refused_seqs_max = 100;

export const encodeRefused = (refused: RefusedCommand): Uint8Array => Buffer.from(JSON.stringify(refused));

/** Throws on what this version does not know: an audit trail is never skipped over. */
export function decodeRefused(data: Uint8Array): RefusedCommand {
  const refused = JSON.parse(Buffer.from(data).toString()) as RefusedCommand;
  if (refused.format !== 1 || typeof refused.code !== 'string' || !Array.isArray(refused.seqs))
    throw new Error('The REFUSED stream holds a record that this version does not know.');
  return refused;
}
