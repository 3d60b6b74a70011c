/** What is kept of every action: that it began, and how it ended. Stored for ever; formats are added to, never changed. */
import type { AdminRole } from '../operation.js';

/** `system`: an installation does it by itself. */
export type Via = 'cli' | 'http' | 'system';

export interface ActionActor {
  readonly name: string;
  readonly role: AdminRole;
  readonly via: Via;
}

interface ActionFacts {
  readonly format: 1;
  readonly action_id: string;
  readonly operation: string;
  readonly actor: ActionActor;
  /** W3C; leads to what was done in its course. */
  readonly traceparent: string;
  readonly occurred_at_ms: number;
}

export interface ActionBegun extends ActionFacts {
  readonly type: 'ActionBegun';
  /** Null: of a look at what holds no text, for which none was given. */
  readonly reason: string | null;
  /** By field, as given; a private one is only told to have been given. */
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
}

export interface ActionEnded extends ActionFacts {
  readonly type: 'ActionEnded';
  readonly outcome: 'done' | 'refused' | 'failed' | 'cancelled';
  readonly error_code: string | null;
  /** What of the result is kept; absent: nothing. */
  readonly kept?: Readonly<Record<string, string | number>>;
}

export type ActionEvent = ActionBegun | ActionEnded;

export const encodeAction = (event: ActionEvent): Uint8Array => Buffer.from(JSON.stringify(event));

/** Throws on what this version does not know: an audit trail is never skipped over. */
export function decodeAction(data: Uint8Array): ActionEvent {
  const event = JSON.parse(Buffer.from(data).toString()) as ActionEvent;
  if (event.format !== 1 || !['ActionBegun', 'ActionEnded'].includes(event.type))
    throw new Error('The ADMIN stream holds an event that this version does not know.');
  return event;
}
