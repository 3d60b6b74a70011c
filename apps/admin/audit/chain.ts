/**
 * The lines of an exported audit, chained by hash (docs/audit.md describes them for whoever writes a checker). Each is canonical JSON;
 * its `hash` is SHA-256 over the same line without `hash`, and `prev` is that of the line before, 64 zeros in the first.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '#domain/kernel/canonical-json.js';
import { factHash, type Audited } from './audited.js';

export const chain_format = 1;
export const no_hash = '0'.repeat(64);

export interface Head {
  readonly format: typeof chain_format;
  readonly of: 'message' | 'chat' | 'user';
  /** By field, as given. */
  readonly asked: Readonly<Record<string, string | number>>;
  readonly by: { readonly name: string; readonly role: string };
  readonly made_at_ms: number;
}

/** Where the streams ended when it was begun: nothing behind that is in it. */
export interface End {
  readonly facts: number;
  readonly ranges: Readonly<Record<string, number>>;
  /** From where another export goes on, where this one was limited. */
  readonly next_from_ms: number | null;
}

export const lineHash = (unhashed: object): string =>
  createHash('sha256').update(canonicalJson(unhashed)).digest('hex');

export class Chain {
  /** Of the last line. */
  hash = no_hash;
  private line = 0;

  head(head: Head): string {
    return this.next({ head });
  }

  fact({ fact, erased }: Audited): string {
    return this.next({ fact, fact_hash: factHash(fact), erased });
  }

  end(end: End): string {
    return this.next({ end });
  }

  private next(content: object): string {
    const unhashed = { ...content, line: ++this.line, prev: this.hash };
    this.hash = lineHash(unhashed);
    return canonicalJson({ ...unhashed, hash: this.hash });
  }
}
