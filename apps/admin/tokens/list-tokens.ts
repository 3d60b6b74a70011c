import type { Operation } from '../operation.js';
import { moment, table } from '../table.js';
import { AdminTokens, type AdminToken } from './admin-tokens.js';

const tokens_max = 1_000;

export const listTokensOperation: Operation<object, { readonly tokens: readonly AdminToken[] }> = {
  name: 'tokens list',
  summary: 'Whose tokens there are, what they may, until when, and when they were last used.',
  help: `The newest first, at most ${tokens_max}. The tokens themselves are not kept, so they are not shown.`,
  examples: [['npm run admin -- tokens list', 'all, also those that are expired or revoked']],
  role: 'auditor',
  parameters: [],
  run: async ({ db }) => ({ tokens: await new AdminTokens(db).list(tokens_max) }),
  print: ({ tokens }) =>
    table(
      ['id', 'name', 'role', 'made (UTC)', 'until', 'last used', 'state'],
      tokens.map((token) => [
        token.token_id,
        token.name,
        token.role,
        moment(token.created_at_ms),
        moment(token.expires_at_ms),
        token.last_used_at_ms === null ? 'never' : moment(token.last_used_at_ms),
        stateOf(token),
      ]),
    ),
};

function stateOf({ revoked_at_ms, expires_at_ms }: AdminToken): string {
  if (revoked_at_ms !== null) return `revoked ${moment(revoked_at_ms)}`;
  return expires_at_ms <= Date.now() ? 'expired' : 'in use';
}
