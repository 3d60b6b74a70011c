/** Checks an exported audit by nothing but itself: no server is asked. */
import { canonicalJson } from '#domain/kernel/canonical-json.js';
import { isRecord } from '#domain/kernel/check.js';
import { chain_format, lineHash, no_hash } from './chain.js';

/** The longest is that of a chat's beginning with all its members. */
export const line_bytes_max = 16_777_216;

export interface Checked {
  readonly is_whole: boolean;
  /** The first that is not as it must be; lines are counted from 1. Null: all are. */
  readonly line: number | null;
  readonly problem: string | null;
  readonly facts: number;
  readonly erased: number;
  readonly head: unknown;
  /** Of the last line: compare it with what was kept elsewhere, or with ADMIN. */
  readonly final_hash: string;
}

export class ChainChecker {
  private line = 0;
  private hash = no_hash;
  private facts = 0;
  private erased = 0;
  private head: unknown = null;
  private hasEnded = false;
  private problem: string | null = null;

  /** Bytes of one line, without the line feed. After the first problem nothing more is looked at. */
  take(bytes: Uint8Array): void {
    if (this.problem !== null) return;
    this.line += 1;
    this.problem = this.problemIn(bytes);
  }

  /** A file that does not end with a line feed was cut. */
  finish({ isCut }: { readonly isCut: boolean }): Checked {
    if (this.problem === null && (isCut || !this.hasEnded)) {
      this.problem = isCut ? 'the line is cut off' : 'the file ends before its last line';
      if (!isCut) this.line += 1;
    }
    const { problem, facts, erased, head, hash } = this;
    const line = problem === null ? null : this.line;
    return { is_whole: problem === null, line, problem, facts, erased, head, final_hash: hash };
  }

  private problemIn(bytes: Uint8Array): string | null {
    if (this.hasEnded) return 'it stands behind the last line';
    const text = textOf(bytes);
    const value = text === null ? null : parsed(text);
    if (value === null) return 'it is not a JSON object';
    if (canonicalJson(value) !== text) return 'it is not canonical JSON';
    const { hash, ...unhashed } = value;
    if (unhashed['line'] !== this.line)
      return `its number is ${told(unhashed['line'])}: lines are missing or moved`;
    if (lineHash(unhashed) !== hash) return 'its hash is not that of what it says';
    if (unhashed['prev'] !== this.hash) return 'it does not follow the line before';
    this.hash = hash;
    return this.content(unhashed);
  }

  private content({ head, fact, fact_hash, erased, end }: Readonly<Record<string, unknown>>): string | null {
    if (this.line === 1) return this.first(head);
    if (isRecord(fact)) {
      this.facts += 1;
      if (erased === true) this.erased += 1;
      return lineHash(fact) === fact_hash ? null : 'the hash of its fact is another';
    }
    if (!isRecord(end)) return 'it is neither a fact nor the end';
    this.hasEnded = true;
    return end['facts'] === this.facts
      ? null
      : `it tells of ${told(end['facts'])} facts, and ${this.facts} stand here`;
  }

  private first(head: unknown): string | null {
    this.head = head;
    return isRecord(head) && head['format'] === chain_format
      ? null
      : `it begins no export of format ${chain_format}`;
  }
}

function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

const told = (value: unknown): string => (typeof value === 'number' ? String(value) : 'none');

/** The lines of a file in whatever pieces it comes. Throws RangeError for a line that is longer than any of an export's. */
export async function checkChain(pieces: AsyncIterable<Uint8Array>): Promise<Checked> {
  const checker = new ChainChecker();
  let rest: Uint8Array[] = [];
  let restBytes = 0;
  for await (const piece of pieces) {
    let from = 0;
    for (let at = piece.indexOf(10); at !== -1; at = piece.indexOf(10, from)) {
      checker.take(Buffer.concat([...rest, piece.subarray(from, at)]));
      [rest, restBytes, from] = [[], 0, at + 1];
    }
    if (from < piece.length) rest.push(piece.subarray(from));
    restBytes += piece.length - from;
    if (restBytes > line_bytes_max) throw new RangeError(`a line is longer than ${line_bytes_max} bytes`);
  }
  const isCut = rest.length > 0;
  if (isCut) checker.take(Buffer.concat(rest));
  return checker.finish({ isCut });
}
