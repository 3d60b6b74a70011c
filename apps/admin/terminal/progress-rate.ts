import type { Progress } from '../operation.js';

const count = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

const megabytes = { shown: (bytes: number): string => (bytes / 1e6).toFixed(1), word: 'MB' };

/** How fast what is done now goes, and how long it still takes at that: over all of it, since its first word. */
export class ProgressRate {
  private first: { readonly done: number; readonly atMs: number } | undefined;
  private latest: Progress | undefined;
  private latestMs = 0;

  add(progress: Progress, atMs: number): void {
    if (this.latest?.what !== progress.what) this.first = { done: progress.done, atMs };
    this.latest = progress;
    this.latestMs = atMs;
  }

  line(): string {
    const { latest, first } = this;
    if (latest === undefined || first === undefined) return '';
    const { what, done, total, unit } = latest;
    const elapsedS = (this.latestMs - first.atMs) / 1_000;
    const perS = elapsedS > 0 ? (done - first.done) / elapsedS : 0;
    const { shown, word } = unit === 'bytes' ? megabytes : { shown: count.format, word: unit };
    const of = total === undefined ? '' : ` of ${shown(total)}`;
    const rate = perS > 0 ? `, ${shown(perS)}${unit === 'bytes' ? ` ${word}` : ''}/s` : '';
    const left = perS > 0 && total !== undefined ? `, ${timeText((total - done) / perS)} left` : '';
    return `${what}: ${shown(done)}${of} ${word}${rate}${left}`;
  }
}

function timeText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
}
