/** Who did what, when and why. */
import { sinceMs } from '../durations.js';
import type { AdminContext, Operation } from '../operation.js';
import { moment, table } from '../table.js';
import type { ActionBegun } from './action-event.js';
import { recentActions, type Action } from './recent-actions.js';

const limit_default = 50;
const limit_max = 1_000;

interface Params {
  readonly since?: number;
  readonly actor?: string;
  readonly operation?: string;
  readonly before?: number;
  readonly limit?: number;
}

interface Result {
  /** Newest first. */
  readonly actions: readonly Action[];
  /** To go on with; null: there are no older ones. */
  readonly next_before: number | null;
}

const count = (text: string): number | undefined =>
  /^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= limit_max ? Number(text) : undefined;
const sequence = (text: string): number | undefined =>
  /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined;

export const listActionsOperation: Operation<Params, Result> = {
  name: 'actions list',
  summary: 'Who did what, when and why, the newest first.',
  help: 'One that is shown as not ended is still under way, or its process was killed in the midst of it.',
  examples: [
    ['npm run admin -- actions list', 'the last ones'],
    ['npm run admin -- actions list --since 7d --actor ann', 'what ann did within a week'],
  ],
  role: 'auditor',
  parameters: [
    {
      name: 'since',
      value: 'when',
      help: 'not older than this',
      expected: 'a duration as 30m, 12h or 7d, or a moment as 2026-01-31 or 2026-01-31T12:00:00Z',
      parse: sinceMs,
    },
    { name: 'actor', value: 'name', help: 'only of this person' },
    { name: 'operation', value: 'name', help: 'only of this operation, such as "tokens create"' },
    {
      name: 'before',
      value: 'sequence',
      help: 'only older ones: next_before of an earlier answer',
      expected: 'a whole number from 1 on',
      parse: sequence,
    },
    {
      name: 'limit',
      value: 'count',
      help: `at most so many (default: ${limit_default})`,
      expected: `a number from 1 to ${limit_max}`,
      parse: count,
    },
  ],
  run: listActions,
  print: ({ actions, next_before }) => [
    ...table(
      ['begun (UTC)', 'who', 'via', 'operation', 'outcome', 'parameters', 'reason'],
      actions.map((one) => [
        moment(one.begun_at_ms),
        `${one.actor.name} (${one.actor.role})`,
        one.actor.via,
        one.operation,
        one.error_code === null ? one.outcome : `${one.outcome}: ${one.error_code}`,
        Object.entries(one.parameters)
          .map(([name, value]) => `${name}=${value}`)
          .join(' '),
        one.reason,
      ]),
    ),
    ...(next_before === null ? [] : [`Older ones: --before ${next_before}`]),
  ],
};

async function listActions(context: AdminContext, params: Params): Promise<Result> {
  const { before = Number.MAX_SAFE_INTEGER, limit = limit_default } = params;
  const isListed = (event: ActionBegun, at: number): boolean => at < before && isWanted(event, params);
  const { actions, wereOlder } = await recentActions(context, isListed, limit);
  return { actions, next_before: wereOlder ? actions.at(-1)!.sequence : null };
}

const isWanted = (event: ActionBegun, { since = 0, actor, operation }: Params): boolean =>
  event.occurred_at_ms >= since &&
  (actor === undefined || event.actor.name === actor) &&
  (operation === undefined || event.operation === operation);
