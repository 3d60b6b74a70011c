/** Queries of the edge alone: where things stand in the caller's own log, and what became of what it tells. */
import type { ChatsSchema } from '#projections/chats/rows.js';
import { tombstonesIn } from '#projections/chats/tombstones-query.js';
import { deviceCursorIn } from '#projections/device-cursors/query.js';
import type { DeviceCursorsSchema } from '#projections/device-cursors/projection.js';
import { positionOfPtsIn, userHeadIn } from '#projections/user-log/position-query.js';
import type { UserLogSchema } from '#projections/user-log/rows.js';
import {
  LogDeviceCursorParams,
  LogPositionParams,
  LogTombstonesParams,
  type LogDeviceCursorResult,
  type LogPositionResult,
  type LogTombstonesResult,
} from '#protocol/internal-requests.js';
import { emptyLogHash } from '#domain/user-log/entry.js';
import { defineQuery } from '../query.js';

export const logPosition = defineQuery<LogPositionParams, LogPositionResult>({
  method: 'log.position',
  params: LogPositionParams,
  reads: ['user_log'],
  read: async ({ snapshot, identity }, { pts }) => {
    const tables = snapshot.tables<UserLogSchema>('user_log');
    const found = await positionOfPtsIn(tables, identity.user_id, pts);
    return { result: found?.pts === pts ? found : { sequence: null } };
  },
});

class LogHeadParams {}

/** pts 0 before the first entry. */
export const logHead = defineQuery<LogHeadParams, { pts: number; sequence: number; hash: string }>({
  method: 'log.head',
  params: LogHeadParams,
  reads: ['user_log'],
  read: async ({ snapshot, identity }) => {
    const head = await userHeadIn(snapshot.tables<UserLogSchema>('user_log'), identity.user_id);
    if (!head) return { result: { pts: 0, sequence: 0, hash: emptyLogHash } };
    const { pts, sequence, hash } = head;
    return { result: { pts, sequence, hash } };
  },
});

export const logDeviceCursor = defineQuery<LogDeviceCursorParams, LogDeviceCursorResult>({
  method: 'log.deviceCursor',
  params: LogDeviceCursorParams,
  reads: ['device_cursors'],
  read: async ({ snapshot, identity }) => {
    const tables = snapshot.tables<DeviceCursorsSchema>('device_cursors');
    return { result: { pts: await deviceCursorIn(tables, identity.user_id, identity.device_id) } };
  },
});

export const logTombstones = defineQuery<LogTombstonesParams, LogTombstonesResult>({
  method: 'log.tombstones',
  params: LogTombstonesParams,
  reads: ['chats'],
  read: async ({ snapshot }, { chats }) => {
    return { result: { tombstones: await tombstonesIn(snapshot.tables<ChatsSchema>('chats'), chats) } };
  },
});
