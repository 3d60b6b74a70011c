/** Every projection that verify knows, in the version that it was written for. */
import { accountsFold, deviceCursorsFold } from './accounts-fold.js';
import { chatsFold, requestIdsFold } from './chats-fold.js';
import { searchFold } from './search-fold.js';
import { receiptsFold } from './receipts-fold.js';
import type { ProjectionFold } from './table-fold.js';
import { userLogFold } from './user-log-fold.js';

export const folds: readonly ProjectionFold[] = [
  chatsFold,
  requestIdsFold,
  userLogFold,
  accountsFold,
  deviceCursorsFold,
  searchFold,
  receiptsFold,
];
