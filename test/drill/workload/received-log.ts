/** The log as one device was sent it, over all its sessions: recorded as it came, not put in order, nothing left out. */
import type { Journal } from '../journal.js';
import { KnownChats } from './known-chat.js';
import type { Update } from './wire-socket.js';

export class ReceivedLog {
  readonly chats: KnownChats;
  pts = 0;
  token: string | undefined;

  constructor(
    private readonly device: string,
    userId: string,
    private readonly journal: Journal,
  ) {
    this.chats = new KnownChats(userId);
  }

  take(update: Update, session: number): void {
    this.journal.writeUpdate(this.device, { at_ms: this.journal.nowMs(), session, ...update });
    this.pts = update.pts;
    this.token = update.sync_token;
    this.chats.take(update);
  }
}
