import { LRUCache } from 'lru-cache';
import { cacheRoom } from '#process/cache-room.js';
import { decodeDecision } from '#domain/catalogue.js';
import type { Member } from '#domain/chat/index.js';
import type { Decision } from '#domain/kernel/decision.js';
import type { DirectGet } from '#streams/direct-get.js';
import { StoreDamaged, StoreUnavailable } from '#streams/event-store.js';
import { chatSubject } from '#streams/subjects.js';

/** Who is in a chat, by user; of each what the recipients' rules need. */
export type Members = ReadonlyMap<string, Member>;

export interface Placed {
  readonly sequence: number;
  readonly decision: Decision;
}

const members_cached_max = 200_000;

/**
 * Single decisions of source streams, by place or by chat, and the member lists among them: those never change, so they
 * are kept (bounded by the number of members). Throws StoreUnavailable (retry) and StoreDamaged.
 */
export class SourceReads {
  private readonly members = new LRUCache<string, Members>({
    maxSize: cacheRoom(members_cached_max),
    sizeCalculation: (members) => members.size + 1,
  });
  private readonly loading = new Map<string, Promise<Members>>();

  constructor(private readonly directGet: DirectGet) {}

  /** Null when it was erased. A replica that lags looks the same as an erasure, so the leader has the last word. */
  async decision(stream: string, sequence: number): Promise<Decision | null> {
    const message =
      (await available(this.directGet.getBySequence(stream, sequence))) ??
      (await available(this.directGet.getBySequence(stream, sequence, { leader: true })));
    return message === null ? null : decodeDecision(message.data);
  }

  /** A chat's last decision as its leader knows it: never stale. */
  async chatHead(stream: string, chatId: string): Promise<Placed | null> {
    const read = this.directGet.getLastBySubject(stream, chatSubject(chatId), { leader: true });
    const message = await available(read);
    return message === null ? null : { sequence: message.sequence, decision: decodeDecision(message.data) };
  }

  /** The member list that the decision at this place carries, when it is at hand. */
  membersAtHand(stream: string, sequence: number): Members | undefined {
    return this.members.get(placeKey(stream, sequence));
  }

  /** One read a list, however many ask for it at once. */
  membersAt(stream: string, sequence: number): Promise<Members> {
    const key = placeKey(stream, sequence);
    const known = this.members.get(key);
    if (known !== undefined) return Promise.resolve(known);
    const running = this.loading.get(key);
    if (running !== undefined) return running;
    const load = this.loadMembers(stream, sequence).finally(() => this.loading.delete(key));
    this.loading.set(key, load);
    return load;
  }

  /** From a decision that was read anyway. */
  keepMembers(stream: string, { sequence, decision }: Placed): void {
    if (decision.members === undefined) return;
    const list = decision.members as readonly Member[];
    this.members.set(placeKey(stream, sequence), new Map(list.map((member) => [member.user_id, member])));
  }

  private async loadMembers(stream: string, sequence: number): Promise<Members> {
    const decision = await this.decision(stream, sequence);
    if (decision?.members === undefined)
      throw new StoreDamaged(`${stream} ${sequence} carries no member list`);
    this.keepMembers(stream, { sequence, decision });
    return new Map((decision.members as readonly Member[]).map((member) => [member.user_id, member]));
  }
}

const placeKey = (stream: string, sequence: number): string => `${stream} ${sequence}`;

async function available<T>(read: Promise<T>): Promise<T> {
  try {
    return await read;
  } catch (error) {
    throw new StoreUnavailable('a read of a source got no answer', { cause: error });
  }
}
