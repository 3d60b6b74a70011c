import type { TypingAction } from '#protocol/methods/typing.js';

/** A server may say anything; longer than this nobody types without saying so again. */
const typing_shown_max_ms = 10_000;
const typists_max = 5;

const doing: Readonly<Record<Exclude<TypingAction, 'none'>, string>> = {
  typing: 'typing',
  recording: 'recording',
  uploading: 'sending a file',
};

export interface TypingAct {
  readonly user_id: string;
  readonly action: TypingAction;
  readonly expires_in_ms: number;
}

interface Typist {
  readonly words: string;
  readonly timer: NodeJS.Timeout;
}

/** Who is writing in the open chat just now, as one line that comes and goes. */
export class TypingNote {
  readonly #typists = new Map<string, Typist>();
  #shown: string | null = null;

  constructor(private readonly show: (note: string | null) => void) {}

  /** Somebody, by that name, does something, or stops. */
  tell({ user_id, action, expires_in_ms }: TypingAct, name: string): void {
    this.#forget(user_id);
    const what = action === 'none' ? undefined : doing[action];
    if (what !== undefined && this.#typists.size < typists_max) {
      const shownMs = Math.min(typing_shown_max_ms, Math.max(0, expires_in_ms));
      const timer = setTimeout(() => this.stopped(user_id), shownMs).unref();
      this.#typists.set(user_id, { words: `${name} is ${what} …`, timer });
    }
    this.#update();
  }

  /** A message has come of it, or the time is over. */
  stopped(userId: string): void {
    this.#forget(userId);
    this.#update();
  }

  clear(): void {
    for (const userId of this.#typists.keys()) this.#forget(userId);
    this.#update();
  }

  #forget(userId: string): void {
    clearTimeout(this.#typists.get(userId)?.timer);
    this.#typists.delete(userId);
  }

  #update(): void {
    const words = Array.from(this.#typists.values(), (typist) => typist.words);
    const note = words.length === 0 ? null : words.join(' ');
    if (note !== this.#shown) this.show(note);
    this.#shown = note;
  }
}
