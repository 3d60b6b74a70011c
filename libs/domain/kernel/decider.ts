import type { Rejection } from './rejection.js';

/**
 * An aggregate's rules as three pure values (Jérémie Chassaing's decider; event-driven-io/emmett `typing/decider.ts`).
 * `evolve` is total: it accepts any event of the catalogue in any state. Time, ids and everything read from elsewhere
 * come in with the command.
 */
export interface Decider<State, Command, Event, Answer> {
  readonly initialState: State;
  readonly evolve: (state: State, event: Event) => State;
  readonly decide: (state: State, command: Command) => Verdict<Event, Answer>;
}

/** accept: append these events; repeat: it holds already, nothing to append; reject: a value, never thrown. */
export type Verdict<Event, Answer> =
  | { readonly kind: 'accept'; readonly events: readonly Event[]; readonly answer: Answer }
  | { readonly kind: 'repeat'; readonly answer: Answer }
  | { readonly kind: 'reject'; readonly rejection: Rejection };
