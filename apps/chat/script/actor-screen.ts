import { plainLook } from '../look.js';
import type { Screen } from '../screen/screen.js';

/** Rows kept for an expectation; beyond it the oldest are forgotten. */
const rows_kept_max = 2_000;

/** What one actor is shown, kept until an expectation has found it, and handed on to the transcript. */
export class ActorScreen implements Screen {
  readonly look = plainLook;
  /** Since the last expectation that was met. */
  #rows: string[] = [];

  constructor(
    private readonly onRow: (row: string) => void,
    private readonly onChange: () => void,
  ) {}

  print(rows: readonly string[]): void {
    for (const row of rows) {
      this.#rows.push(row);
      if (this.#rows.length > rows_kept_max) this.#rows.shift();
      this.onRow(row);
    }
    this.onChange();
  }

  repaint(): boolean {
    return false;
  }

  setNote(text: string | null): void {
    if (text !== null) this.print([`· ${text}`]);
  }

  setPrompt(): void {}

  nextLine(): Promise<string | null> {
    return Promise.resolve(null);
  }

  get rows(): readonly string[] {
    return this.#rows;
  }

  /** Of what tells that something went wrong, the first row. */
  get alarm(): string | undefined {
    return this.#rows.find(isAlarm);
  }

  /**
   * Takes the first row that matches, and forgets those before it. Null when there is none; otherwise the alarm that
   * was passed over, if any.
   */
  take(pattern: RegExp): { readonly alarm: string | undefined } | null {
    const index = this.#rows.findIndex((row) => matches(pattern, row));
    if (index < 0) return null;
    const before = this.#rows.slice(0, index);
    this.#rows = this.#rows.slice(index + 1);
    return { alarm: before.find(isAlarm) };
  }

  find(pattern: RegExp): string | undefined {
    return this.#rows.find((row) => matches(pattern, row));
  }
}

/** A pattern with the flag g or y would go on from where it was. */
function matches(pattern: RegExp, row: string): boolean {
  pattern.lastIndex = 0;
  return pattern.test(row);
}

const isAlarm = (row: string): boolean => row.startsWith('! ');
