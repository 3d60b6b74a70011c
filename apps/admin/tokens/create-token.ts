import { durationMs } from '../durations.js';
import { adminRoles, type AdminRole, type Operation } from '../operation.js';
import { moment } from '../table.js';
import { AdminTokens, type AdminToken } from './admin-tokens.js';
import { nameParameter } from './token-name.js';

const expires_ms_max = 366 * 86_400_000;
const expires_ms_default = 30 * 86_400_000;

interface Params {
  readonly name: string;
  readonly role: AdminRole;
  readonly expires?: number;
}

type Result = AdminToken & { readonly token: string };

export const createTokenOperation: Operation<Params, Result> = {
  name: 'tokens create',
  summary: 'Makes a token for a person to ask the admin API with, and prints it this once.',
  help: 'Only a hash of it is stored. The person’s name is kept with everything that they do.',
  examples: [
    [
      'npm run admin -- tokens create --name ann --role auditor --expires 30d --reason "audit of May"',
      'ann may look at everything for thirty days',
    ],
  ],
  role: 'operator',
  parameters: [
    { ...nameParameter, required: true, help: 'whose it is' },
    {
      name: 'role',
      value: 'role',
      required: true,
      help: 'an auditor looks at everything but what people wrote, and changes nothing; one with text looks at that, too',
      expected: adminRoles.join(' or '),
      parse: (text) => adminRoles.find((role) => role === text),
    },
    {
      name: 'expires',
      value: 'duration',
      help: 'how long it may be used (default: 30d)',
      expected: 'a duration as 12h or 30d, at most 366d',
      parse: (text) => {
        const ms = durationMs(text);
        return ms !== undefined && ms <= expires_ms_max ? ms : undefined;
      },
    },
  ],
  run: ({ db }, { name, role, expires = expires_ms_default }) =>
    new AdminTokens(db).create(name, role, expires),
  print: ({ token, token_id, name, role, expires_at_ms }) => [
    token,
    `For ${name} (${role}), until ${moment(expires_at_ms)} UTC; its id is ${token_id}. It is not shown again.`,
  ],
};
