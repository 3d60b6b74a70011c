/** Every projection there is, in the version that this code folds. */
import { accountsProjection } from './accounts/projection.js';
import { chatsProjection } from './chats/projection.js';
import type { Projection } from './define-projection.js';
import { deviceCursorsProjection } from './device-cursors/projection.js';
import { requestIdsProjection } from './request-ids/projection.js';
import { userLogProjection } from './user-log/projection.js';

export const projections: readonly Projection[] = [
  chatsProjection,
  requestIdsProjection,
  userLogProjection,
  accountsProjection,
  deviceCursorsProjection,
];
