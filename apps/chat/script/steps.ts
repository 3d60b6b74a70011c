/** What a script says, one step a line. `who` is an actor's name; empty: the person of the command line. */
export type Step = { readonly line: number; readonly source: string } & Action;

export type Action =
  | { readonly kind: 'actor'; readonly name: string; readonly phone: string; readonly displayName?: string }
  | { readonly kind: 'another_device'; readonly name: string; readonly of: string }
  | { readonly kind: 'tell'; readonly text: string }
  | { readonly kind: 'enter'; readonly who: string; readonly text: string }
  | ({ readonly kind: 'expect'; readonly who: string } & Expectation)
  | ({ readonly kind: 'wait'; readonly who: string } & Wait)
  | { readonly kind: 'switch'; readonly who: string; readonly to: Switch };

export interface Expectation {
  readonly pattern: RegExp;
  /** Nothing that was shown since the last expectation may match. */
  readonly isAbsent: boolean;
  readonly withinMs: number;
}

export interface Wait {
  readonly condition: Condition;
  readonly withinMs: number;
}

export const conditions = ['sent', 'delivered', 'read', 'caught-up', 'offline'] as const;
export type Condition = (typeof conditions)[number];

export const switches = ['offline', 'online', 'stop', 'start', 'typing'] as const;
export type Switch = (typeof switches)[number];
