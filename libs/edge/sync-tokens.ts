import type { UpdateNotification } from '#domain/user-log/update.js';
import type { AnnouncedUpdate } from '#streams/announcement.js';
import type { LogPosition } from './log-position.js';
import { decodeSyncToken, encodeSyncToken, type SyncPosition, type SyncTokenKeys } from './sync-token.js';

/** Makes tokens and what carries them. The epoch is the caller's to know. */
export class SyncTokens {
  constructor(private readonly keys: SyncTokenKeys) {}

  encode(userId: string, epoch: number, position: Pick<LogPosition, 'pts' | 'sequence' | 'hash'>): string {
    const { pts, sequence, hash } = position;
    return encodeSyncToken(this.keys, { userId, epoch, pts, sequence, hash });
  }

  /** Null: not one of this user's. */
  decode(userId: string, token: string): SyncPosition | null {
    return decodeSyncToken(this.keys, userId, token);
  }

  /** An update as it is sent. */
  notification(userId: string, epoch: number, item: AnnouncedUpdate): UpdateNotification {
    return {
      pts: item.pts,
      pts_count: 1,
      sync_token: this.encode(userId, epoch, item),
      date_ms: item.date_ms,
      ...(item.commitment === undefined ? {} : { commitment: item.commitment }),
      update: item.update,
    };
  }
}
