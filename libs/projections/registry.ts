/**
 * Every projection there is, in each version that this code folds and its queries read: the newest, and for as long as an
 * installation may read it, or go back to it, the one before (docs/versions.md).
 */
import { accountsProjection } from './accounts/projection.js';
import { chatsProjection } from './chats/projection.js';
import type { Projection } from './define-projection.js';
import { deviceCursorsProjection } from './device-cursors/projection.js';
import { receiptsProjection } from './receipts/projection.js';
import { requestIdsProjection } from './request-ids/projection.js';
import { searchProjection } from './search/projection.js';
import { userLogProjection } from './user-log/projection.js';

export const projections: readonly Projection[] = [
  chatsProjection,
  requestIdsProjection,
  userLogProjection,
  accountsProjection,
  deviceCursorsProjection,
  searchProjection,
  receiptsProjection,
];

export const projectionOf = (name: string, version: number): Projection | undefined =>
  projections.find((one) => one.name === name && one.version === version);

/** What code that knows these wants to be read. */
export const newestOf = (known: readonly Projection[]): readonly Projection[] =>
  known.filter(({ name, version }) => !known.some((other) => other.name === name && other.version > version));

export const newestProjections: readonly Projection[] = newestOf(projections);
