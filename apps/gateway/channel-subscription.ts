import type { Member } from '#domain/chat/index.js';
import { maySee, refusalInChat } from '#domain/authority/authority.js';
import type { ChannelHead } from '#edge/channel-log.js';
import type { ChannelFeed, ChannelFrame, ChannelListener } from './channel-feed.js';
import type { Outgoing } from './outgoing.js';

/** Where a session's channel updates go. */
export interface ChannelOutlet {
  push(chatId: string, update: ChannelFrame, message: Outgoing): void;
  /** The channel has come to there, whatever was pushed. */
  behind(chatId: string, pts: number): void;
}

/**
 * One session that follows one channel, from its admission to its user's removal. The channel's own log decides who is in
 * it, position by position: a session listens first, then the members at the head are read, and it is admitted from there on
 * if its user is among them and no removal came after. So nobody is pushed what happened after they were removed, however far
 * the user's own log, which tells of the removal too, is behind.
 */
export class ChannelSubscription implements ChannelListener {
  private admitted: { readonly after: number; readonly member: Member } | null = null;
  /** Of the last removal that was met. */
  private removedAt = 0;
  isOver = false;

  constructor(
    readonly feed: ChannelFeed,
    private readonly userId: string,
    private readonly outlet: ChannelOutlet,
    private readonly on: { readonly removed: () => void; readonly lost: () => void },
  ) {
    feed.listeners.add(this);
  }

  /** The chat_pts after which updates are pushed; 0 before admission. */
  get after(): number {
    return this.admitted?.after ?? 0;
  }

  /** `head` was read after this began to listen. False when the user is not in the channel. */
  admit(head: ChannelHead): boolean {
    const member = head.members.get(this.userId) ?? null;
    const refusal = refusalInChat('channels.getDifference', { kind: 'channel' }, member);
    if (refusal !== null || member === null || this.removedAt > head.pts) return false;
    const after = Math.max(head.pts, this.feed.pts);
    this.admitted = { after, member };
    this.outlet.behind(this.feed.chatId, after);
    return true;
  }

  /** The user's own log, or the channel's, tells that they were removed there; of an earlier time when they are back. */
  removed(chatPts: number): void {
    this.removedAt = Math.max(this.removedAt, chatPts);
    if (this.admitted === null || chatPts <= this.admitted.after) return;
    this.end();
    this.on.removed();
  }

  end(): void {
    this.isOver = true;
    this.feed.listeners.delete(this);
  }

  readonly receive = (frames: readonly ChannelFrame[]): void => {
    for (const frame of frames) {
      const { pts, update } = frame.item;
      if (update.type === 'chat.members' && update.removed.includes(this.userId)) this.removed(pts);
      if (this.isOver) return;
      if (this.admitted === null || pts <= this.admitted.after) continue;
      const isSeen = !('seq' in update) || maySee(this.admitted.member, update.seq);
      this.outlet.push(this.feed.chatId, frame, isSeen ? frame.whole : frame.counted);
    }
  };

  /** In what is left out the user may have been removed: they are to be admitted anew. */
  readonly jumped = (): void => {
    this.end();
    this.on.lost();
  };
}
