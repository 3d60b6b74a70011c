/** How far anybody but one person can have read a chat by some moment: the most that was asked for until then. */
import type { OperationRecord } from '../records.js';

/** The furthest reader and the furthest of the others, from this moment on. */
interface Furthest {
  readonly sinceMs: number;
  readonly first: { readonly user: string; readonly seq: number };
  readonly secondSeq: number;
}

export class ReadMarks {
  private readonly steps: Furthest[] = [];

  constructor(reads: readonly OperationRecord[]) {
    const bySeq = new Map<string, number>();
    for (const { user, params, begun_ms } of [...reads].sort((one, other) => one.begun_ms - other.begun_ms)) {
      bySeq.set(user, Math.max(bySeq.get(user) ?? 0, Number(params['seq'])));
      const [first, second] = [...bySeq].sort((one, other) => other[1] - one[1]);
      const step = { first: { user: first![0], seq: first![1] }, secondSeq: second?.[1] ?? 0 };
      this.steps.push({ sinceMs: begun_ms, ...step });
    }
  }

  byOthersThan(user: string, atMs: number): number {
    let low = 0;
    let high = this.steps.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.steps[middle]!.sinceMs <= atMs) low = middle + 1;
      else high = middle;
    }
    const step = this.steps[low - 1];
    if (step === undefined) return 0;
    return step.first.user === user ? step.secondSeq : step.first.seq;
  }
}
