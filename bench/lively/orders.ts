/** What a bench of lively people and the processes that are them say to one another. */

export interface LivelyPerson {
  readonly url: string;
  readonly token: string;
  readonly userId: string;
  readonly directChatId: string;
  readonly groupChatId: string;
}

export interface LivelyOrder {
  readonly people: readonly LivelyPerson[];
  /** How many times as lively as `day` says. */
  readonly tempo: number;
  /** And how many times as often they lose their connections, beside that. */
  readonly churn: number;
  readonly seed: number;
}

/** `for_s`: what happened in the next so many seconds. */
export type LivelyRequest = LivelyOrder | { readonly for_s: number };

/** Since the last time. Percentiles are encoded. */
export interface Lived {
  readonly done: Readonly<Record<string, number>>;
  readonly refused: Readonly<Record<string, number>>;
  /** Updates that did not follow the one before. */
  readonly holes: number;
  /** From sending until a connected recipient had it. */
  readonly screen: string;
  readonly tick: string;
  /** From dialling until everything missed had come. */
  readonly back: string;
}
