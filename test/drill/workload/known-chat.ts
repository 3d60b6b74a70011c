/** What a device knows of its chats from its log, no more than is needed to choose what to do next. */
import type { Update } from './wire-socket.js';

/** Latest messages remembered as targets of edits, deletions and reactions. */
const targets_max = 30;

export interface KnownChat {
  readonly chatId: string;
  role: string;
  lastSeq: number;
  /** The last message, and the marks, that the present session has been sent: what its reads must cover. */
  seenSeq: number;
  readSeq: number;
  readonly latest: { readonly seq: number; readonly senderDevice: string; readonly isService: boolean }[];
  readonly marks: { read_outbox_seq: number; delivered_outbox_seq: number };
}

export class KnownChats {
  private readonly chats = new Map<string, KnownChat>();

  constructor(private readonly userId: string) {}

  /** What earlier sessions of the device were sent, the server need not know. */
  beginSession(): void {
    for (const chat of this.chats.values()) {
      chat.seenSeq = 0;
      Object.assign(chat.marks, noMarks());
    }
  }

  get(chatId: string): KnownChat | undefined {
    return this.chats.get(chatId);
  }

  all(): KnownChat[] {
    return [...this.chats.values()];
  }

  take({ update }: Pick<Update, 'update'>): void {
    if (update.type === 'chat.new') return this.joined(update);
    if (update.type === 'chat.removed') return void this.chats.delete(update['chat_id']);
    const chat = this.chats.get(update['chat_id']);
    if (chat === undefined) return;
    if (update.type === 'message.new') this.messaged(chat, update);
    else if (update.type === 'read.inbox') chat.readSeq = Math.max(chat.readSeq, update['seq']);
    else if (update.type === 'read.outbox') raise(chat, 'read_outbox_seq', update['seq']);
    else if (update.type === 'delivered.outbox') raise(chat, 'delivered_outbox_seq', update['seq']);
    else if (update.type === 'chat.members') {
      for (const { user_id, role } of update['changed']) if (user_id === this.userId) chat.role = role;
    }
  }

  private joined(update: Update['update']): void {
    const lastSeq = update['visible_from_seq'] - 1;
    const known = {
      chatId: update['chat_id'],
      role: update['role'],
      latest: [],
      marks: noMarks(),
      seenSeq: 0,
    };
    this.chats.set(known.chatId, { ...known, lastSeq, readSeq: update['read_seq'] });
  }

  private messaged(chat: KnownChat, { seq, message }: Update['update']): void {
    chat.lastSeq = seq;
    chat.seenSeq = seq;
    const isService = message.content?.type === 'service';
    chat.latest.push({ seq, senderDevice: message.sender_device_id, isService });
    if (chat.latest.length > targets_max) chat.latest.shift();
    if (message.sender_id === this.userId && !isService) chat.readSeq = seq;
  }
}

export const noMarks = (): KnownChat['marks'] => ({ read_outbox_seq: 0, delivered_outbox_seq: 0 });

function raise(chat: KnownChat, name: keyof KnownChat['marks'], seq: number): void {
  chat.marks[name] = Math.max(chat.marks[name], seq);
}
