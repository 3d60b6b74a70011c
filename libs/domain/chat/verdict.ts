import type { Verdict } from '../kernel/decider.js';
import type { NewEvent } from '../kernel/new-event.js';
import type { ChatAnswer } from './commands.js';
import type { ChatEvent } from './events.js';
import type { ChatState } from './state.js';

export type ChatVerdict = Verdict<NewEvent<ChatEvent>, ChatAnswer>;

/** The date of a decision made now: dates never go back within a chat, whatever the clocks say. */
export const chatDate = (state: ChatState, atMs: number): number =>
  state.status === 'none' ? atMs : Math.max(atMs, state.last_date_ms);
