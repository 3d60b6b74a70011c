/** Channels: chats that are not copied into their members' logs. Members follow the chat's own log. */
import type { ChannelNotification } from '#domain/user-log/update.js';
import { Id, Integer, Optional } from '../fields.js';
import { difference_updates_max } from '../limits.js';

export class ChannelsGetDifferenceParams {
  @Id() chat_id!: string;
  @Integer(0) chat_pts!: number;
  @Optional() @Integer(1, difference_updates_max) limit?: number;
}
export interface ChannelsGetDifferenceResult {
  /** `slice`: there is more, call again with the new chat_pts. */
  readonly type: 'difference' | 'slice' | 'empty';
  /** Right after the given chat_pts, without a hole. */
  readonly updates: readonly ChannelNotification[];
  readonly chat_pts: number;
}
