import type { AdminContext, Operation, Parameter } from '../operation.js';
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
import { chatSources } from './chat-sources.js';
import { printAudit } from './print-audit.js';
import type { AuditResult } from './audit-result.js';
import { runAudit } from './run-audit.js';
import { Stretch } from './stretch.js';

interface Params extends CommonParams {
  readonly chatId: string;
}

const parameters: readonly Parameter[] = [idParameter('chatId', 'the chat'), ...commonParameters];

export const auditChatOperation: Operation<Params, AuditResult> = {
  name: 'audit chat',
  summary: 'Everything that happened in a chat: who did it, with which device, when and by which command.',
  help:
    'Read from the streams: events, marks of what was delivered and read, commands that were refused, what was erased. No text and no\n' +
    'names. That you looked is kept.',
  examples: [
    ['npm run admin -- audit chat <id> --from 7d', 'the last week, as a table'],
    [
      'npm run --silent admin -- audit chat <id> --lines --reason "case 12"',
      'all of it, as lines for audit check; with > chat.jsonl in a file',
    ],
  ],
  role: 'auditor',
  isLook: true,
  parameters,
  check: checkCommon,
  run: auditChat,
  print: printAudit,
  keeps: keptOf,
};

async function auditChat(context: AdminContext, params: Params): Promise<AuditResult> {
  const stretch = await Stretch.open(context.nats, timesOf(params));
  const facts = await chatSources(context, stretch, params.chatId);
  const asked = askedOf(parameters, { ...params });
  const audit = { of: 'chat', id: params.chatId, asked, stretch, facts, limit: limitOf(params) } as const;
  return runAudit(context, params, audit);
}
