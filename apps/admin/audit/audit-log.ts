/** Who looked at whom: the looks among the actions. */
import { recentActions, type Action } from '../actions/recent-actions.js';
import type { ActionBegun } from '../actions/action-event.js';
import type { Operation } from '../operation.js';
import { moment, table } from '../table.js';
import { momentMs, moment_expected } from './audit-parameters.js';

const limit_default = 100;
const limit_max = 1_000;

interface Params {
  readonly since?: number;
  readonly actor?: string;
  readonly about?: string;
  readonly limit?: number;
}

interface Result {
  /** Newest first. */
  readonly looks: readonly Action[];
  readonly were_older: boolean;
}

export const auditLogOperation: Operation<Params, Result> = {
  name: 'audit log',
  summary: 'Who looked at what: when, why, and with text or without, the newest first.',
  help:
    'Each look was kept before anything was shown. Of an exported file its number of facts and the hash of its last line are kept, too: the file is\n' +
    'that one when audit check --hash says so.',
  examples: [
    ['npm run admin -- audit log --since 30d', 'the last month'],
    ['npm run admin -- audit log --about <id>', 'who looked at this user'],
  ],
  role: 'auditor',
  parameters: [
    { name: 'since', value: 'moment', help: 'not older', parse: momentMs, expected: moment_expected },
    { name: 'actor', value: 'name', help: 'only by this person' },
    { name: 'about', value: 'id', help: 'only at this chat or user' },
    {
      name: 'limit',
      value: 'count',
      help: `at most so many (default: ${limit_default})`,
      expected: `1 to ${limit_max}`,
      parse: (text) => (/^[1-9]\d{0,3}$/.test(text) && Number(text) <= limit_max ? Number(text) : undefined),
    },
  ],
  run: async (context, { since = 0, actor, about, limit = limit_default }) => {
    const isWanted = (event: ActionBegun): boolean =>
      isLook(event) &&
      event.occurred_at_ms >= since &&
      (actor === undefined || event.actor.name === actor) &&
      (about === undefined || Object.values(event.parameters).includes(about));
    const { actions, wereOlder } = await recentActions(context, isWanted, limit);
    return { looks: actions, were_older: wereOlder };
  },
  print: ({ looks, were_older }) => [
    ...table(
      ['begun (UTC)', 'who', 'via', 'looked by', 'at', 'text', 'outcome', 'kept', 'reason'],
      looks.map((look) => [
        moment(look.begun_at_ms),
        `${look.actor.name} (${look.actor.role})`,
        look.actor.via,
        look.operation,
        listed(look.parameters),
        look.parameters['with_text'] === true ? 'with' : 'without',
        look.error_code === null ? look.outcome : `${look.outcome}: ${look.error_code}`,
        listed(look.kept ?? {}),
        look.reason,
      ]),
    ),
    ...(were_older ? ['There are older ones: --limit shows more.'] : []),
  ],
};

/** Whatever else shows text is a look, too. */
const isLook = ({ operation, parameters }: ActionBegun): boolean =>
  operation.startsWith('audit ') || parameters['with_text'] === true;

const listed = (record: Readonly<Record<string, string | number | boolean>>): string =>
  Object.entries(record)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
