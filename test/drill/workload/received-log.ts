/** The log as one device was sent it, over all its sessions: recorded as it came, not put in order, nothing left out. */
import type { Journal } from '../journal.js';
import { KnownChats } from './known-chat.js';
import type { Update } from './wire-socket.js';

/** Of so many updates the tokens are remembered. */
const tokens_max = 50;

export class ReceivedLog {
  readonly chats: KnownChats;
  pts = 0;
  /** The latest, the oldest first. */
  readonly tokens: string[] = [];

  constructor(
    private readonly device: string,
    userId: string,
    private readonly journal: Journal,
  ) {
    this.chats = new KnownChats(userId);
  }

  get token(): string | undefined {
    return this.tokens.at(-1);
  }

  take(update: Update, session: number): void {
    this.journal.writeUpdate(this.device, { at_ms: this.journal.nowMs(), session, ...update });
    this.pts = update.pts;
    this.tokens.push(update.sync_token);
    if (this.tokens.length > tokens_max) this.tokens.shift();
    this.chats.take(update);
  }
}
