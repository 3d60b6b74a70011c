import type { Rejection, RejectionCode } from './rejection.js';

/**
 * An aggregate's rules as three pure values (Jérémie Chassaing's decider; event-driven-io/emmett `typing/decider.ts`).
 * `evolve` is total: it accepts any event of the catalogue in any state; `dateMs` is the date of the event's decision.
 * Time, ids and everything read from elsewhere come in with the command.
 */
export interface Decider<State, Command, Event, Answer> {
  readonly initialState: State;
  readonly evolve: (state: State, event: Event, dateMs: number) => State;
  readonly decide: (state: State, command: Command) => Verdict<Event, Answer>;
}

/** accept: append these events; repeat: it holds already, nothing to append; reject: a value, never thrown. */
export type Verdict<Event, Answer> =
  | { readonly kind: 'accept'; readonly events: readonly Event[]; readonly answer: Answer }
  | { readonly kind: 'repeat'; readonly answer: Answer }
  | { readonly kind: 'reject'; readonly rejection: Rejection };

export const accept = <Event, Answer>(events: readonly Event[], answer: Answer): Verdict<Event, Answer> => ({
  kind: 'accept',
  events,
  answer,
});

export const repeat = <Answer>(answer: Answer): Verdict<never, Answer> => ({ kind: 'repeat', answer });

export const reject = (code: RejectionCode, details?: Rejection['details']): Verdict<never, never> => ({
  kind: 'reject',
  rejection: details === undefined ? { code } : { code, details },
});
