import type { Look } from '../look.js';

/** Where lines are shown, and come from. */
export interface Screen {
  /** May change between two calls: terminals are made wider and narrower. */
  readonly look: Look;
  /** Rows that belong together. Under a key they may be shown anew, as long as they are in sight. */
  print(rows: readonly string[], key?: string): void;
  /** Shows the rows of that key anew where they stand. False, and nothing done, when they are not in sight. */
  repaint(key: string, rows: readonly string[]): boolean;
  /** What goes on just now, and is gone soon; null: nothing does. */
  setNote(text: string | null): void;
  setPrompt(text: string): void;
}

/** A screen that somebody sits before, or that a pipe feeds. */
export interface Console extends Screen {
  /** Resolves when the user wants to end at once: Ctrl-C, or a signal. */
  readonly quit: Promise<undefined>;
  /** The next line of input, or null when there is no more: at its end, or after `close`. */
  nextLine(): Promise<string | null>;
  /** No more input: what waits of it is not looked at any more. */
  close(): void;
}

/** What the user is offered while typing. */
export interface Typing {
  /** Whole lines that begin with this one. */
  readonly complete: (line: string) => Promise<string[]>;
  /** Called at every key while a text, not a command, stands in the line. */
  readonly writing: () => void;
}
