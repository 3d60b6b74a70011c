/** Every projection there is, in each version that this code folds: the newest, and while that is being filled, the one before. */
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

export const projectionOf = (name: string, version: number): Projection | undefined =>
  projections.find((one) => one.name === name && one.version === version);

/** What this code wants to be read. */
export const newestProjections: readonly Projection[] = projections.filter(
  ({ name, version }) => !projections.some((other) => other.name === name && other.version > version),
);
