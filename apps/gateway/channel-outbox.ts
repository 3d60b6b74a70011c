import { closeCodes } from '#protocol/errors.js';
import { notification } from '#protocol/notifications.js';
import { pushEnded } from '#observability/message-spans.js';
import { isKept } from '#observability/span.js';
import type { About } from '#observability/span-attributes.js';
import { sampledSpanOf } from '#observability/trace.js';
import type { SessionSeen } from '#edge/seen.js';
import type { ChannelFrame } from './channel-feed.js';
import type { ChannelOutlet } from './channel-subscription.js';
import type { Outlet } from './pusher.js';
import type { SessionConnection } from './session-connection.js';
import { Outgoing } from './outgoing.js';

/**
 * A session's channel updates on their way to its socket. One that does not drain is sent nothing more of a channel but, once
 * it has drained, where the channel stands: its client reads what is between. That costs no memory and loses nothing.
 */
export class ChannelOutbox implements ChannelOutlet {
  private readonly owed = new Map<string, number>();
  private isSettling = false;

  constructor(
    private readonly outlet: Outlet & Partial<Pick<SessionConnection, 'identity' | 'transport'>>,
    private readonly seen: Pick<SessionSeen, 'add'>,
  ) {}

  push(chatId: string, frame: ChannelFrame, message: Outgoing): void {
    const { item } = frame;
    const { stream, sequence } = item.source;
    this.seen.add({ projected: { [stream]: sequence }, logged: {} });
    if (this.owed.has(chatId) || this.outlet.isFull) return this.behind(chatId, item.pts);
    this.outlet.send(message);
    this.tellPushed(chatId, frame);
  }

  private tellPushed(chat_id: string, { item, heardMs }: ChannelFrame): void {
    const announced = sampledSpanOf(item.traceparent);
    if (!isKept(announced)) return;
    const { identity, transport = 'websocket' } = this.outlet;
    const { seq } = item.update as { seq?: number };
    const of: About = { ...identity, chat_id, pts: item.pts, seq };
    pushEnded(announced, { heardMs, update: item.update.type, transport, from: 'live.chat', of });
  }

  behind(chatId: string, pts: number): void {
    this.owed.set(chatId, Math.max(pts, this.owed.get(chatId) ?? 0));
    if (!this.isSettling) void this.settle();
  }

  forget(chatId: string): void {
    this.owed.delete(chatId);
  }

  close(): void {
    this.owed.clear();
  }

  private async settle(): Promise<void> {
    this.isSettling = true;
    const isDrained = await this.outlet.drained();
    this.isSettling = false;
    if (!isDrained) return this.outlet.close(closeCodes.too_slow, 'too slow');
    for (const [chat_id, chat_pts] of this.owed)
      this.outlet.send(new Outgoing(notification('channel.behind', { chat_id, chat_pts })));
    this.owed.clear();
  }
}
