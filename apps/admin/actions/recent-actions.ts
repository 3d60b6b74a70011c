/** The newest actions of a kind, each with how it ended: by reading ADMIN from its beginning, and holding no more than are asked for. */
import type { AdminContext } from '../operation.js';
import type { ActionBegun, ActionEnded } from './action-event.js';
import { ActionLog } from './action-log.js';

export interface Action extends Omit<ActionBegun, 'format' | 'type' | 'occurred_at_ms'> {
  readonly sequence: number;
  readonly begun_at_ms: number;
  /** Null: it is still under way, or its process was killed. */
  readonly ended_at_ms: number | null;
  readonly outcome: ActionEnded['outcome'] | 'not ended';
  readonly error_code: string | null;
  /** What of the result was kept; null: nothing. */
  readonly kept: ActionEnded['kept'] | null;
}

export interface RecentActions {
  /** Newest first. */
  readonly actions: readonly Action[];
  readonly wereOlder: boolean;
}

export async function recentActions(
  { nats, signal }: Pick<AdminContext, 'nats' | 'signal'>,
  isWanted: (event: ActionBegun, sequence: number) => boolean,
  limit: number,
): Promise<RecentActions> {
  const held = new Map<string, Action>();
  let wereOlder = false;
  for await (const { sequence, event } of new ActionLog(nats).read()) {
    signal.throwIfAborted();
    if (event.type === 'ActionEnded') end(held, event);
    else if (isWanted(event, sequence)) {
      held.set(event.action_id, notEnded(sequence, event));
      if (held.size <= limit) continue;
      const [oldest] = held.keys();
      held.delete(oldest!);
      wereOlder = true;
    }
  }
  return { actions: [...held.values()].toReversed(), wereOlder };
}

function notEnded(sequence: number, event: ActionBegun): Action {
  const { format: _format, type: _type, occurred_at_ms, ...facts } = event;
  const open = { ended_at_ms: null, outcome: 'not ended', error_code: null, kept: null } as const;
  return { ...facts, sequence, begun_at_ms: occurred_at_ms, ...open };
}

function end(
  held: Map<string, Action>,
  { action_id, outcome, error_code, occurred_at_ms: ended_at_ms, kept }: ActionEnded,
): void {
  const action = held.get(action_id);
  if (action) held.set(action_id, { ...action, outcome, error_code, kept: kept ?? null, ended_at_ms });
}
