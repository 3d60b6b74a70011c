/**
 * What a device was sent of one chat, from its own log and from the channel's, by the words of docs/sync.md. Shares no code
 * with the server or the SDK.
 */
import { expect } from 'vitest';
import type { Person } from './person.js';

interface Told {
  chat_pts: number;
  update: Record<string, any>;
}

export class ChannelFollower {
  /** By chat_pts: what changed the chat or its messages. */
  readonly log = new Map<number, Record<string, any>>();
  /** What sessions that are over were pushed. */
  private readonly ended: Told[][] = [];

  constructor(
    readonly person: Person,
    readonly chatId: string,
  ) {}

  /** To be called before the connection is closed or lost. */
  sessionEnds(): void {
    this.ended.push(this.pushed());
  }

  /** Of this session. */
  pushed(): Told[] {
    return this.person.client.notifications
      .filter(({ method, params }) => method === 'channel.update' && params.chat_id === this.chatId)
      .map(({ params }) => params as Told);
  }

  /** The highest chat_pts that the server told of in this session. */
  told(): number {
    const numbers = this.person.client.notifications
      .filter(({ method, params }) => method.startsWith('channel.') && params.chat_id === this.chatId)
      .map(({ params }) => params.chat_pts as number);
    return Math.max(0, ...numbers);
  }

  /** Every session was pushed contiguous runs, and each number was pushed the same. */
  expectRuns(): void {
    for (const session of [...this.ended, this.pushed()]) {
      for (const [index, { chat_pts, update }] of session.entries()) {
        if (index > 0) expect(chat_pts).toBe(session[index - 1]!.chat_pts + 1);
        this.take(chat_pts, update);
      }
    }
  }

  /** What was copied: where the user came in, and where the channel's own log is to be followed from. */
  takeOwnLog(): { start: number; from: number } {
    let [start, from] = [0, 0];
    for (const { update } of this.person.log) {
      if (update.chat_id !== this.chatId || /^(read|delivered)\./.test(update.type)) continue;
      from = Number(update.chat_pts);
      if (update.type === 'chat.new') start = from;
      this.take(from, update);
    }
    return { start, from };
  }

  /** Fetches what is missing after `from`. */
  async fetch(from: number, limit = 7): Promise<void> {
    for (let chat_pts = from; ;) {
      const answer = await this.person.patiently('channels.getDifference', {
        chat_id: this.chatId,
        chat_pts,
        limit,
      });
      for (const [index, told] of answer.updates.entries()) {
        expect(told).toMatchObject({
          chat_id: this.chatId,
          chat_pts: chat_pts + index + 1,
          chat_pts_count: 1,
        });
        this.take(told.chat_pts, told.update);
      }
      chat_pts = answer.chat_pts;
      if (answer.type !== 'slice') return;
    }
  }

  /** The texts in the order of seq; a hole in the numbers shows as one. */
  texts(): string[] {
    const messages = [...this.log.values()].filter(({ type }) => type === 'message.new');
    messages.sort((one, other) => one['seq'] - other['seq']);
    return messages.map(({ message }) => message.content?.text ?? `(${message.content?.event.kind})`);
  }

  private take(chatPts: number, update: Record<string, any>): void {
    // The user's own copy carries what is theirs alone.
    const { read_seq: _read, role: _role, visible_from_seq: _from, ...shared } = update;
    const before = this.log.get(chatPts);
    if (before !== undefined && before['type'] !== 'chat.new') expect(shared).toEqual(before);
    else this.log.set(chatPts, shared);
  }
}
