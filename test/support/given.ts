/**
 * Given events, when a command, then exactly these events, in order, whole, and this answer. Every accepted command is
 * given again, on what it led to, and the specification must say what comes of it: a second effect is never an accident.
 */
import { expect } from 'vitest';
import type { Decider } from '#domain/kernel/decider.js';
import type { RejectionCode } from '#domain/kernel/rejection.js';

/** What the same command leads to, right after it was accepted. */
export type Again<Answer> =
  | { readonly repeats: Answer }
  | { readonly rejects: RejectionCode }
  /** It is another one to the decider: only its idempotency key tells, which is the handler's to look at. */
  | { readonly acceptsAnew: true };

/** The decision's date of all that was given. */
export const given_at_ms = 1_000;

export function specificationOf<State, Command, Event, Answer>(
  decider: Decider<State, Command, Event, Answer>,
) {
  const fold = (history: readonly Event[]): State =>
    history.reduce((state, event) => decider.evolve(state, event, given_at_ms), decider.initialState);
  const decide = (history: readonly Event[], command: (history: readonly Event[]) => Command) =>
    decider.decide(fold(history), command(history));

  return (...history: readonly Event[]) => ({
    /** The command is made from all events so far, because some carry facts of them. */
    when: (command: (history: readonly Event[]) => Command) => ({
      accepts(events: readonly Event[], answer: Answer, again: Again<Answer>): void {
        expect(decide(history, command)).toStrictEqual({ kind: 'accept', events, answer });
        const verdict = decide([...history, ...events], command);
        if ('repeats' in again) expect(verdict).toStrictEqual({ kind: 'repeat', answer: again.repeats });
        else if ('rejects' in again) expect(verdict).toMatchObject({ rejection: { code: again.rejects } });
        else expect(verdict.kind).toBe('accept');
      },
      repeats(answer: Answer): void {
        expect(decide(history, command)).toStrictEqual({ kind: 'repeat', answer });
      },
      rejects(code: RejectionCode, details?: Readonly<Record<string, unknown>>): void {
        const rejection = details === undefined ? { code } : { code, details };
        expect(decide(history, command)).toStrictEqual({ kind: 'reject', rejection });
      },
    }),
  });
}
