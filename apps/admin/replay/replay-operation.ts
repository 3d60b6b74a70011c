import { isUuid } from '#domain/kernel/ids.js';
import { projectionOf, projections } from '#projections/registry.js';
import type { AdminContext, Operation, Parameter } from '../operation.js';
import { WrongParameter } from '../parameters.js';
import { replayAgainstLive, type AgainstLive } from './against-live.js';
import { chatThen } from './chat-then.js';
import { printReplay, type ReplayResult } from './print-replay.js';
import { parseUntil, until_expected, type Until } from './until.js';
import { userThen } from './user-then.js';

export const messages_shown_max = 100;

export interface ReplayParams {
  readonly until?: Until;
  readonly chat?: string;
  readonly user?: string;
  readonly messages?: number;
  readonly withText?: boolean;
  readonly projection?: string;
  readonly against?: 'live';
  readonly stream?: string;
  readonly version?: number;
}

const uuid = (text: string): string | undefined => (isUuid(text) ? text : undefined);
const whole = (max: number) => (text: string) =>
  /^\d{1,6}$/.test(text) && Number(text) >= 1 && Number(text) <= max ? Number(text) : undefined;

const parameters: readonly Parameter[] = [
  {
    name: 'until',
    value: 'position|time',
    help: 'how far the state is told, now unless given',
    parse: parseUntil,
    expected: until_expected,
  },
  { name: 'chat', value: 'id', help: 'tells the state of this chat', parse: uuid, expected: 'a UUID' },
  { name: 'user', value: 'id', help: 'tells the state of this user', parse: uuid, expected: 'a UUID' },
  {
    name: 'messages',
    value: 'count',
    help: `with --chat: the last messages too, ${messages_shown_max} at most`,
    parse: whole(messages_shown_max),
    expected: `1 to ${messages_shown_max}`,
  },
  {
    name: 'withText',
    help: 'with --messages: their text as well, of those that nobody deleted since; that you looked is kept',
    showsText: true,
  },
  {
    name: 'projection',
    value: 'name',
    help: 'folds this projection anew, into tables that are dropped again; --chat, --user or --stream narrow it',
    parse: (text) => (projections.some(({ name }) => name === text) ? text : undefined),
    expected: `one of ${[...new Set(projections.map(({ name }) => name))].join(', ')}`,
  },
  {
    name: 'against',
    value: 'live',
    help: 'with --projection: what it is compared with',
    parse: (text) => (text === 'live' ? text : undefined),
    expected: 'live',
  },
  {
    name: 'stream',
    value: 'name',
    help: 'with --projection: what this stream holds, and no more',
    parse: (text) => (/^[A-Z]+_\d{1,3}$/.test(text) ? text : undefined),
    expected: 'the name of a stream, such as CHAT_3',
  },
  {
    name: 'version',
    value: 'number',
    help: 'with --projection: by this version of the fold; the newest unless given',
    parse: whole(999_999),
    expected: 'a whole number',
  },
];

export const replayOperation: Operation<ReplayParams, ReplayResult> = {
  name: 'replay',
  summary: 'Tells what a chat or a user was at a moment, or what this code would make of the history.',
  help:
    'A position decides: --until CHAT_3:1234 is the state after that message, for ever the same. A time picks the position of\n' +
    'the last message that the store had written by then. With --projection and --against live nothing of a moment is told: all\n' +
    'is folded into scratch tables by the code that runs this, up to where queries read, and the differences are told.',
  examples: [
    [
      'npm run admin -- replay --chat <id> --until CHAT_3:1234 --messages 10',
      'who was in the chat then, and its last messages',
    ],
    ['npm run admin -- replay --user <id> --until 2026-05-01T12:00:00Z', 'what was unread for them at noon'],
    ['npm run admin -- replay --projection chats --against live', 'what a changed projection would change'],
  ],
  role: 'auditor',
  parameters,
  check,
  run: runReplay,
  print: printReplay,
  exitCode: (result) => (result.of === 'projection' && !result.is_equal ? 1 : 0),
};

/** What does not go together, in the order in which it is looked for. */
function check(params: ReplayParams): void {
  const { chat, user, messages, withText, projection } = params;
  const refuse = (field: string, expected: string): void => {
    throw new WrongParameter(field, expected);
  };
  if (projection !== undefined) return checkAgainstLive(params);
  for (const name of ['against', 'stream', 'version'] as const)
    if (params[name] !== undefined) refuse(name, 'only with projection');
  if ((chat === undefined) === (user === undefined))
    refuse('chat', 'either it or user, for a state, or projection with against');
  if (user !== undefined && messages !== undefined) refuse('messages', 'only with chat');
  if (withText && messages === undefined) refuse('with_text', 'only with messages');
}

function checkAgainstLive({ against, until, messages, withText, chat, user, stream }: ReplayParams): void {
  if (against !== 'live') throw new WrongParameter('against', 'live, with projection');
  const ofMoments = { until, messages, with_text: withText };
  for (const [field, value] of Object.entries(ofMoments))
    if (value !== undefined) throw new WrongParameter(field, 'only without projection');
  if ([chat, user, stream].filter((one) => one !== undefined).length > 1)
    throw new WrongParameter('stream', 'one of chat, user and stream, or none');
}

async function runReplay(context: AdminContext, params: ReplayParams): Promise<ReplayResult> {
  const { chat, user, until, messages: messages_max = 0, withText: with_text = false, projection } = params;
  if (projection !== undefined) return againstLive(context, projection, params);
  if (chat !== undefined) return chatThen(context, { chat_id: chat, until, messages_max, with_text });
  return userThen(context, { user_id: user!, until });
}

async function againstLive(context: AdminContext, name: string, params: ReplayParams): Promise<AgainstLive> {
  const versions = projections.filter((one) => one.name === name).map(({ version }) => version);
  const projection = projectionOf(name, params.version ?? Math.max(...versions));
  if (projection === undefined) throw new WrongParameter('version', `one of ${versions.join(', ')}`);
  return replayAgainstLive(context, projection, params);
}
