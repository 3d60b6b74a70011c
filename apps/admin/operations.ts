/** Everything that operators and auditors can ask for. */
import { listActionsOperation } from './actions/list-actions.js';
import { auditChatOperation } from './audit/audit-chat.js';
import { auditLogOperation } from './audit/audit-log.js';
import { auditMessageOperation } from './audit/audit-message.js';
import { auditUserOperation } from './audit/audit-user.js';
import { backupCheckOperation, backupOperation, restoreOperation } from './backup/backup-operations.js';
import { devicesListOperation } from './devices/list-devices.js';
import { devicesRevokeOperation } from './devices/revoke-device.js';
import { discardDeadLetterOperation } from './dead-letters/discard-dead-letter.js';
import { expireDeadLettersOperation } from './dead-letters/expire-dead-letters.js';
import { listDeadLettersOperation } from './dead-letters/list-dead-letters.js';
import { retryDeadLettersOperation } from './dead-letters/retry-dead-letters.js';
import { showDeadLetterOperation } from './dead-letters/show-dead-letter.js';
import { epochOperation } from './epoch/epoch-operation.js';
import { erasureStatusOperation } from './erasure/status-operation.js';
import { sweepOperation } from './erasure/sweep-operation.js';
import { listKeysOperation } from './keys/list-keys.js';
import { retireKeyOperation } from './keys/retire-key.js';
import { rotateKeysOperation } from './keys/rotate-keys.js';
import { lagOperation } from './lag/lag-operation.js';
import type { AnyOperation } from './operation.js';
import { dropOldOperation } from './projections/drop-old.js';
import { projectionsListOperation } from './projections/list-projections.js';
import { pauseOperation, resumeOperation } from './projections/pause-resume.js';
import { rebuildOperation } from './projections/rebuild.js';
import { rollbackOperation } from './projections/rollback.js';
import { replayOperation } from './replay/replay-operation.js';
import { streamsApplyOperation } from './streams/apply-streams.js';
import { driftOperation } from './streams/drift-operation.js';
import { streamsListOperation } from './streams/show-streams.js';
import { createTokenOperation } from './tokens/create-token.js';
import { listTokensOperation } from './tokens/list-tokens.js';
import { revokeTokensOperation } from './tokens/revoke-tokens.js';
import { explainUnreadOperation } from './unread/explain-unread.js';
import { verifyOperation } from './verify/verify-operation.js';

export const operations: readonly AnyOperation[] = [
  streamsListOperation,
  driftOperation,
  streamsApplyOperation,
  epochOperation,
  backupOperation,
  backupCheckOperation,
  restoreOperation,
  rebuildOperation,
  rollbackOperation,
  dropOldOperation,
  listActionsOperation,
  lagOperation,
  projectionsListOperation,
  replayOperation,
  explainUnreadOperation,
  auditMessageOperation,
  auditChatOperation,
  auditUserOperation,
  auditLogOperation,
  devicesListOperation,
  devicesRevokeOperation,
  verifyOperation,
  pauseOperation,
  resumeOperation,
  listDeadLettersOperation,
  showDeadLetterOperation,
  retryDeadLettersOperation,
  discardDeadLetterOperation,
  expireDeadLettersOperation,
  sweepOperation,
  erasureStatusOperation,
  listKeysOperation,
  rotateKeysOperation,
  retireKeyOperation,
  createTokenOperation,
  listTokensOperation,
  revokeTokensOperation,
];
