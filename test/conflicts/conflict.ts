/**
 * Things that are done at once, by devices of one user or by several. The store puts them in an order, whichever: what comes
 * second is decided on what the first has left. So a conflict is settled by what every order ends as.
 */
import type { Decider, Verdict } from '#domain/kernel/decider.js';
import { given_at_ms } from '../support/given.js';

export interface Conflict {
  readonly between: string;
  /** In one chat, one account, ...: by what it is put in order. */
  readonly orderedBy:
    'the chat' | 'the account' | 'the contacts' | 'the phone number' | 'nothing: all orders are alike';
  readonly why: string;
  /** By order, as 'edit, delete': what each is answered, and what stands in the end. No order may be missing. */
  readonly ends: Readonly<Record<string, End>>;
  readonly acts: readonly string[];
  /** Does them in this order. */
  play(order: readonly string[]): End;
}

/** `answers`: done, `already` when there is nothing left to do, or the error. */
export type End = readonly [answers: readonly string[], state: string];

export const done = 'done';
export const already = 'already';

/** An act is a command made of what has happened so far, as its handler would. */
type Acts<Event, Command> = Readonly<Record<string, (history: readonly Event[]) => Command>>;

interface Rules<State, Command, Event> {
  readonly orderedBy: Conflict['orderedBy'];
  readonly decider: Decider<State, Command, Event, unknown>;
}

interface Told<State, Command, Event> extends Pick<Conflict, 'between' | 'why' | 'ends'> {
  readonly given: readonly Event[];
  readonly acts: Acts<Event, Command>;
  /** What matters of it, in a word or two. */
  shows(state: State, history: readonly Event[]): string;
}

/** Of what one decider decides. */
export const conflictsOf =
  <State, Command, Event>({ orderedBy, decider }: Rules<State, Command, Event>) =>
  ({ given, acts, shows, ...told }: Told<State, Command, Event>): Conflict => ({
    ...told,
    orderedBy,
    acts: Object.keys(acts),
    play: (order) => {
      const history = [...given];
      const fold = (): State =>
        history.reduce((state, event) => decider.evolve(state, event, given_at_ms), decider.initialState);
      const answers = order.map((act) => {
        const verdict = decider.decide(fold(), acts[act]!(history));
        if (verdict.kind === 'accept') history.push(...verdict.events);
        return answerOf(verdict);
      });
      return [answers, shows(fold(), history)];
    },
  });

function answerOf(verdict: Verdict<unknown, unknown>): string {
  if (verdict.kind === 'reject') return verdict.rejection.code;
  return verdict.kind === 'accept' ? done : already;
}

/** Every order in which they may come. */
export function ordersOf(acts: readonly string[]): string[][] {
  if (acts.length <= 1) return [[...acts]];
  return acts.flatMap((first) =>
    ordersOf(acts.filter((act) => act !== first)).map((rest) => [first, ...rest]),
  );
}
