import type { Audited } from './audited.js';
import type { Head } from './chain.js';

export interface AuditRow extends Audited {
  readonly fact_hash: string;
}

export interface Lines {
  readonly lines: number;
  readonly final_hash: string;
}

export interface Spans {
  readonly count: number;
  /** The first ones' ids. */
  readonly traces: readonly string[];
}

export interface AuditResult {
  readonly of: Head['of'];
  readonly asked: Head['asked'];
  /** Where each stream that was read ended. */
  readonly ranges: Readonly<Record<string, number>>;
  readonly count: number;
  readonly erased: number;
  /** Absent where lines were written. */
  readonly rows?: readonly AuditRow[];
  readonly export?: Lines;
  /** Absent where no spans were written. */
  readonly spans?: Spans;
  /** To go on with: null where nothing is left. */
  readonly next_from_ms: number | null;
}
