/** Everything that operators and auditors can ask for. */
import { listActionsOperation } from './actions/list-actions.js';
import { backupCheckOperation, backupOperation, restoreOperation } from './backup/backup-operations.js';
import { epochOperation } from './epoch/epoch-operation.js';
import type { AnyOperation } from './operation.js';
import { dropOldOperation } from './projections/drop-old.js';
import { rebuildOperation } from './projections/rebuild.js';
import { rollbackOperation } from './projections/rollback.js';
import { driftOperation } from './streams/drift-operation.js';
import { createTokenOperation } from './tokens/create-token.js';
import { listTokensOperation } from './tokens/list-tokens.js';
import { revokeTokensOperation } from './tokens/revoke-tokens.js';

export const operations: readonly AnyOperation[] = [
  driftOperation,
  epochOperation,
  backupOperation,
  backupCheckOperation,
  restoreOperation,
  listActionsOperation,
  rebuildOperation,
  rollbackOperation,
  dropOldOperation,
  createTokenOperation,
  listTokensOperation,
  revokeTokensOperation,
];
