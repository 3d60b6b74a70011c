import { LRUCache } from 'lru-cache';
import { cacheRoom } from '#process/cache-room.js';
import type { ChatDecision, ChatEvent, Member, Tombstoned } from '#domain/chat/index.js';
import { channelUpdate, unseenUpdate } from '#domain/user-log/index.js';
import type { AnnouncedChannelUpdate } from '#streams/announcement.js';
import { decodeDecision } from '#streams/decision-codec.js';
import type { DirectGet } from '#streams/direct-get.js';
import { resolvePointer, StoreDamaged, type StoredDecision } from '#streams/event-store.js';
import type { StoredMessage } from '#streams/stored-message.js';
import { chatSubject, streamOf } from '#streams/subjects.js';
import { WrittenSince } from './written-since.js';

/** Of what lies after a position, read at once. More is for whoever asks the read model. */
export const hole_decisions_max = 256;
const members_cached_max = 100_000;

/** A place in a channel's own log: after the event `pts`, whose decision stands at `sequence` of its CHAT stream. */
export interface ChannelPosition {
  readonly pts: number;
  readonly sequence: number;
}

export interface ChannelHead extends ChannelPosition {
  readonly stream: string;
  readonly members: ReadonlyMap<string, Member>;
}

/** Channels' own logs, as the CHAT streams have them. Throws StoreUnavailable (retry) and StoreDamaged. */
export class ChannelLog {
  private readonly members = new LRUCache<string, ReadonlyMap<string, Member>>({
    maxSize: cacheRoom(members_cached_max),
    sizeCalculation: (members) => members.size + 1,
  });
  private readonly written: WrittenSince<number>;

  constructor(
    private readonly direct: DirectGet,
    private readonly streamsPerFamily: number,
  ) {
    this.written = new WrittenSince(
      direct,
      (chatId) => ({ stream: this.streamOf(chatId), subject: chatSubject(chatId) }),
      ptsOfHead,
    );
  }

  /** By its leader, never stale; null when there is no such chat. */
  async head(chatId: string): Promise<ChannelHead | null> {
    const stream = this.streamOf(chatId);
    const message = await this.direct.getLastBySubject(stream, chatSubject(chatId), { leader: true });
    if (message === null) return null;
    const stored = decoded(stream, message);
    const membersAt = resolvePointer(stored.decision.header.members_at, stored.sequence);
    const members = await this.membersAt(stream, membersAt, stored);
    return { stream, sequence: stored.sequence, pts: lastPts(stored), members };
  }

  /** The pts of the head, 0: there is no such chat; a replica may lag by milliseconds. */
  async headPts(chatId: string): Promise<number> {
    const stream = this.streamOf(chatId);
    return ptsOfHead(await this.direct.getLastBySubject(stream, chatSubject(chatId)), stream);
  }

  /** By chat, of those whose head may be another than when this was asked before: all that were forgotten since, or not asked for. */
  changedHeadPts(chatIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return this.written.among(chatIds);
  }

  forgetHead(chatId: string): void {
    this.written.forget(chatId);
  }

  /**
   * Everything after a position up to the head, without a hole; null when that is more than `hole_decisions_max` decisions.
   * Because it reaches the head, every deletion of what it holds is in it: no text of a deleted message is shown (I9).
   */
  async updatesAfter(
    chatId: string,
    { pts, sequence }: ChannelPosition,
  ): Promise<readonly AnnouncedChannelUpdate[] | null> {
    const stream = this.streamOf(chatId);
    const request = { subject: chatSubject(chatId), startSequence: sequence + 1, max: hole_decisions_max };
    const { messages, pendingCount } = await this.direct.getBatch(stream, request);
    if (pendingCount > 0) return null;
    return shown(
      chatId,
      pts,
      messages.map((message) => decoded(stream, message)),
    );
  }

  private streamOf(chatId: string): string {
    return streamOf('CHAT', chatId, this.streamsPerFamily);
  }

  /** A list never changes where it stands, so it is kept. */
  private async membersAt(
    stream: string,
    sequence: number,
    head: StoredDecision<ChatDecision>,
  ): Promise<ReadonlyMap<string, Member>> {
    const place = `${stream} ${sequence}`;
    const known = this.members.get(place);
    if (known !== undefined) return known;
    const list = sequence === head.sequence ? head.decision.members : await this.listAt(stream, sequence);
    if (list === undefined) throw new StoreDamaged(`${place} carries no member list`);
    const members = new Map(list.map((member) => [member.user_id, member]));
    this.members.set(place, members);
    return members;
  }

  private async listAt(stream: string, sequence: number): Promise<readonly Member[] | undefined> {
    const message =
      (await this.direct.getBySequence(stream, sequence)) ??
      (await this.direct.getBySequence(stream, sequence, { leader: true }));
    return message === null ? undefined : decoded(stream, message).decision.members;
  }
}

const decoded = (stream: string, message: StoredMessage): StoredDecision<ChatDecision> =>
  decodeDecision(stream, message) as StoredDecision<ChatDecision>;

/** An anchor has no events, but the whole state. */
const ptsOfHead = (message: StoredMessage | null, stream: string): number =>
  message === null ? 0 : lastPts(decoded(stream, message));

const lastPts = ({ decision }: StoredDecision<ChatDecision>): number =>
  decision.events.at(-1)?.chat_pts ?? decision.state!.chat_pts;

/** A number whose event is gone belongs to a message that is deleted: it only counts. */
function shown(
  chatId: string,
  after: number,
  decisions: readonly StoredDecision<ChatDecision>[],
): AnnouncedChannelUpdate[] {
  const events = decisions.flatMap(({ decision }) => decision.events);
  const tombstones = new Map(
    events.filter(isDeletion).map((deletion) => [deletion.data.message.seq, deletion]),
  );
  const updates: AnnouncedChannelUpdate[] = [];
  for (const stored of decisions) {
    const source = { stream: stored.stream, sequence: stored.sequence };
    const byPts = new Map(stored.decision.events.map((event) => [event.chat_pts, event]));
    for (let pts = after + updates.length + 1; pts <= lastPts(stored); pts = after + updates.length + 1)
      updates.push({ pts, source, update: updateOf(chatId, pts, byPts.get(pts), tombstones) });
  }
  return updates;
}

const isDeletion = (event: ChatEvent): event is Tombstoned => event.type === 'Tombstoned';

function updateOf(
  chatId: string,
  pts: number,
  event: ChatEvent | undefined,
  tombstones: ReadonlyMap<number, Tombstoned>,
): AnnouncedChannelUpdate['update'] {
  if (event === undefined) return unseenUpdate(chatId, pts);
  if (event.type !== 'MessageSent' && event.type !== 'MessageEdited')
    return channelUpdate(chatId, pts, event, Date.now());
  const tombstone = tombstones.get(event.data.message.seq);
  if (tombstone === undefined) return channelUpdate(chatId, pts, event, Date.now());
  return event.type === 'MessageSent'
    ? channelUpdate(chatId, pts, null, Date.now(), tombstone)
    : unseenUpdate(chatId, pts);
}
