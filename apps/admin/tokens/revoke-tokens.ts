import type { AdminContext, Operation } from '../operation.js';
import { WrongParameter } from '../parameters.js';
import { AdminTokens, type AdminToken } from './admin-tokens.js';
import { nameParameter } from './token-name.js';

interface Params {
  readonly name?: string;
  readonly id?: string;
}

interface Result {
  readonly revoked: readonly AdminToken[];
}

export const revokeTokensOperation: Operation<Params, Result> = {
  name: 'tokens revoke',
  summary: 'Ends a token, or all of a person’s, at once.',
  examples: [
    ['npm run admin -- tokens revoke --name ann --reason "left the team"', 'all tokens of ann'],
    ['npm run admin -- tokens revoke --id 0123456789abcdef --reason "was in a log"', 'that one'],
  ],
  role: 'operator',
  parameters: [
    { ...nameParameter, help: 'of whom all are ended' },
    {
      name: 'id',
      value: 'id',
      help: 'of the one that is ended, as tokens list shows it',
      expected: '16 hex digits',
      parse: (text) => (/^[0-9a-f]{16}$/.test(text) ? text : undefined),
    },
  ],
  check: ({ name, id }) => {
    if ((name === undefined) === (id === undefined)) throw new WrongParameter('name', 'either it or id');
  },
  run: revoke,
  print: ({ revoked }) =>
    revoked.length === 0
      ? ['None: they were revoked before, or never there.']
      : revoked.map(({ token_id, name, role }) => `Revoked ${token_id} of ${name} (${role})`),
};

async function revoke({ db }: AdminContext, { name, id }: Params): Promise<Result> {
  const tokens = new AdminTokens(db);
  return { revoked: await tokens.revoke(id === undefined ? { name: name! } : { token_id: id }) };
}
