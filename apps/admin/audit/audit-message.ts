import type { AdminContext, Operation, Parameter } from '../operation.js';
import { WrongParameter } from '../parameters.js';
import { printable } from '../table.js';
import {
  askedOf,
  checkCommon,
  commonParameters,
  idParameter,
  keptOf,
  limitOf,
  timesOf,
  type CommonParams,
} from './audit-parameters.js';
import { messageSources } from './chat-sources.js';
import { messageTexts, type MessageText } from './message-texts.js';
import { printAudit } from './print-audit.js';
import type { AuditResult } from './audit-result.js';
import { runAudit } from './run-audit.js';
import { Stretch } from './stretch.js';

interface Params extends CommonParams {
  readonly chatId: string;
  readonly seq: number;
  readonly withText?: boolean;
}

interface Result extends AuditResult {
  /** Only where it was asked for, and nobody deleted the message. */
  readonly texts?: readonly MessageText[];
}

const parameters: readonly Parameter[] = [
  idParameter('chatId', 'the chat'),
  {
    name: 'seq',
    value: 'number',
    help: 'the message',
    required: true,
    positional: true,
    parse: (text) =>
      /^[1-9]\d{0,15}$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined,
    expected: 'a whole number from 1 on',
  },
  ...commonParameters,
  {
    name: 'withText',
    help: 'shows the text, too, in each version, unless somebody deleted it; for an auditor-with-text, with a reason',
    showsText: true,
  },
];

export const auditMessageOperation: Operation<Params, Result> = {
  name: 'audit message',
  summary: 'What happened to a message: sent, edited, deleted, erased; whom it reached, and who read it.',
  help:
    'Read from the streams. Of each device and each reader the first mark that reached the message is told; of a command that was refused,\n' +
    'who asked and why not. No text, unless --with-text asks for it. That you looked is kept.',
  examples: [
    ['npm run admin -- audit message <id> 12', 'as a table'],
    [
      'npm run admin -- audit message <id> 12 --with-text --reason "court order 7/26"',
      'with what was written; kept with the reason',
    ],
    [
      'npm run admin -- audit message <id> 12 --jaeger http://127.0.0.1:4318',
      'as a trace, to be found by the tags odnix.chat_id and odnix.seq',
    ],
  ],
  role: 'auditor',
  isLook: true,
  parameters,
  check: (params) => {
    checkCommon(params);
    if (params.withText && (params.lines || params.jaeger))
      throw new WrongParameter('with_text', 'only without lines and jaeger: no erasure reaches them');
  },
  run: auditMessage,
  print: ({ texts, ...result }) => [
    ...printAudit(result),
    ...(texts ?? []).map(({ at, text }) => `text at ${at}: ${printable(text)}`),
  ],
  keeps: keptOf,
};

async function auditMessage(context: AdminContext, params: Params): Promise<Result> {
  const stretch = await Stretch.open(context.nats, timesOf(params));
  const { facts, isDeleted } = await messageSources(context, stretch, params.chatId, params.seq);
  const asked = askedOf(parameters, { ...params });
  const { chatId: id, seq } = params;
  const audit = { of: 'message', id, seq, asked, stretch, facts, limit: limitOf(params) } as const;
  const result = await runAudit(context, params, audit);
  if (!params.withText) return result;
  return { ...result, texts: isDeleted ? [] : await messageTexts(context, result.rows ?? []) };
}
