import type { NatsConnection } from '@nats-io/nats-core';
import type { ChatDecision } from '#domain/chat/index.js';
import { announceEnded } from '#observability/message-spans.js';
import { isKept } from '#observability/span.js';
import { childOf, textOf } from '#observability/trace.js';
import { channelUpdate } from '#domain/user-log/index.js';
import type { AnnouncedChannelUpdate, Announcement } from '#streams/announcement.js';
import { liveChatSubject } from '#streams/subjects.js';
import type { SourceMessage } from './source-message.js';

/**
 * Tells whoever follows the channel what a decision of it brought; of other chats nothing. At most once: nothing is awaited,
 * and who misses it reads the chat's own log, where it stands.
 */
export function announceChannel(nc: NatsConnection, chatId: string, source: SourceMessage): void {
  const { header, events } = source.decision as ChatDecision;
  if (header.channel !== true || events.length === 0) return;
  const place = { stream: source.stream, sequence: source.sequence };
  const { span: parent } = source;
  const span = isKept(parent) ? childOf(parent) : undefined;
  const traced = span === undefined ? {} : { traceparent: textOf(span) };
  const startMs = performance.now();
  const items = events.map((event): AnnouncedChannelUpdate => {
    const update = channelUpdate(chatId, event.chat_pts, event, Date.now());
    return { pts: event.chat_pts, source: place, ...traced, update };
  });
  const announcement: Announcement<AnnouncedChannelUpdate> = { prev_pts: items[0]!.pts - 1, items };
  nc.publish(liveChatSubject(chatId), JSON.stringify(announcement));
  if (span === undefined) return;
  const told = { startMs, to: 'live.chat', recipients: 1, isAgain: false, of: { chat_id: chatId } } as const;
  announceEnded(span, parent!, told);
}
