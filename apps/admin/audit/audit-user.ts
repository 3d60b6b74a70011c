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
import { printAudit } from './print-audit.js';
import type { AuditResult } from './audit-result.js';
import { runAudit } from './run-audit.js';
import { Stretch } from './stretch.js';
import { userSources } from './user-sources.js';

interface Params extends CommonParams {
  readonly userId: string;
}

const parameters: readonly Parameter[] = [idParameter('userId', 'the user'), ...commonParameters];

export const auditUserOperation: Operation<Params, AuditResult> = {
  name: 'audit user',
  summary: 'What a user did and what reached them: devices, sign-ins, settings, log, marks, refusals.',
  help:
    "Read from the streams: the account's events, each entry of the user's log, what their devices stored and read, and commands that were\n" +
    'refused. No text and no names. That you looked is kept.',
  examples: [
    ['npm run admin -- audit user <id> --from 2026-05-01 --to 2026-05-02', 'that day, as a table'],
    [
      'npm run --silent admin -- audit user <id> --lines --reason "case 12"',
      'all of it, as lines for audit check; with > user.jsonl in a file',
    ],
  ],
  role: 'auditor',
  isLook: true,
  parameters,
  check: checkCommon,
  run: auditUser,
  print: printAudit,
  keeps: keptOf,
};

async function auditUser(context: AdminContext, params: Params): Promise<AuditResult> {
  const stretch = await Stretch.open(context.nats, timesOf(params));
  const facts = await userSources(context, stretch, params.userId);
  const asked = askedOf(parameters, { ...params });
  const audit = { of: 'user', id: params.userId, asked, stretch, facts, limit: limitOf(params) } as const;
  return runAudit(context, params, audit);
}
