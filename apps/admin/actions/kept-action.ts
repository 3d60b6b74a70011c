/** An action as it is kept: begun before anything of it runs, ended with how. */
import { randomUUID } from 'node:crypto';
import { traceparent } from '#observability/trace.js';
import type { AnyOperation } from '../operation.js';
import { fieldOf, isGiven, type Given } from '../parameters.js';
import type { ActionActor, ActionBegun, ActionEnded } from './action-event.js';

/** Longer values are kept to here: they are there to say what was meant, not to be used again. */
const value_chars_max = 200;

export interface ActionAsked {
  readonly operation: AnyOperation;
  readonly given: Given;
  readonly actor: ActionActor;
  readonly reason: string | null;
}

export const begun = ({ operation, given, actor, reason }: ActionAsked): ActionBegun => ({
  format: 1,
  type: 'ActionBegun',
  action_id: randomUUID(),
  operation: operation.name,
  actor,
  reason,
  parameters: keptParameters(operation, given),
  traceparent: traceparent(),
  occurred_at_ms: Date.now(),
});

export const ended = (
  { action_id, operation, actor, traceparent: trace }: ActionBegun,
  outcome: ActionEnded['outcome'],
  error_code: string | null,
  kept?: ActionEnded['kept'],
): ActionEnded => ({
  format: 1,
  type: 'ActionEnded',
  action_id,
  operation,
  actor,
  outcome,
  error_code,
  ...(kept === undefined ? {} : { kept }),
  traceparent: trace,
  occurred_at_ms: Date.now(),
});

function keptParameters(
  { parameters }: AnyOperation,
  given: Given,
): Readonly<Record<string, string | number | boolean>> {
  const kept = parameters
    .filter((parameter) => isGiven(parameter, given))
    .map((parameter): [string, string | number | boolean] => {
      const field = fieldOf(parameter);
      const value = given[field];
      if (parameter.private) return [field, '(not kept)'];
      if (typeof value === 'number' || typeof value === 'boolean') return [field, value];
      return [field, String(value).slice(0, value_chars_max)];
    });
  return Object.fromEntries(kept);
}
