import { splitWork, type Work } from './work.js';

const queue_entries_max = 4_000;
const queue_works_max = 4_000;

/**
 * What a writer has still to do, in order. Bounded: whoever adds waits for `room` first; then every reader may be one
 * work over it. Works without drafts only move a position, so of several in a row from one source the last is enough.
 */
export class WorkQueue {
  private works: Work[] = [];
  private entries = 0;
  private waiting: (() => void)[] = [];

  constructor(private readonly batch_entries_max: number) {}

  get isEmpty(): boolean {
    return this.works.length === 0;
  }

  get isFull(): boolean {
    return this.entries >= queue_entries_max || this.works.length >= queue_works_max;
  }

  get hasFullBatch(): boolean {
    return this.entries >= this.batch_entries_max;
  }

  async room(): Promise<void> {
    while (this.isFull) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  add(work: Work): void {
    const last = this.works.at(-1);
    const replaces =
      last !== undefined &&
      last.drafts.length === 0 &&
      last.waitsFor === undefined &&
      work.drafts.length === 0 &&
      last.source.stream === work.source.stream;
    if (replaces) this.works.pop();
    this.works.push(...splitWork(work, this.batch_entries_max));
    this.entries += work.drafts.length;
  }

  /** As many as one batch takes. */
  take(): Work[] {
    let entries = 0;
    let count = 0;
    for (const { drafts } of this.works) {
      if (entries + drafts.length > this.batch_entries_max) break;
      entries += drafts.length;
      count += 1;
    }
    this.entries -= entries;
    const taken = this.works.splice(0, count);
    if (!this.isFull) this.release();
    return taken;
  }

  /** Nothing will be taken any more: nobody is to wait for it. */
  clear(): void {
    this.works = [];
    this.entries = 0;
    this.release();
  }

  private release(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const go of waiting) go();
  }
}
