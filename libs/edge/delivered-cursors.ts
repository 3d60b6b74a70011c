import { v7 as uuidV7 } from 'uuid';
import { cursors_max, type Cursor } from '#domain/receipt/events.js';
import type { AnnouncedUpdate } from '#streams/announcement.js';
import type { StoredEntry } from '#streams/user-stream-message.js';
import type { Identity, Reply } from '#streams/requests.js';
import type { Ask } from './ask.js';

/** Acknowledgements of one device that come within this time become one receipt. */
const ack_window_ms = 100;

/** The highest message of others in each chat, for the second tick; the user's own need none. */
export type CursorsByChat = ReadonlyMap<string, Cursor>;

export const noCursors: CursorsByChat = new Map();

/** Of a message by somebody else. An own one's entry carries `read_seq`: sending moves the sender's own cursor. */
export function cursorOfEntry({ entry }: Pick<StoredEntry, 'entry'>): Cursor | null {
  const { kind, chat_id, seq, values, source } = entry;
  const isOthers = kind === 'message.new' && values?.read_seq === undefined;
  if (!isOthers || chat_id === undefined || seq === undefined) return null;
  return { chat_id, seq, after: source.sequence };
}

/** The same of an update as it was pushed. */
export function cursorOfUpdate({
  update,
  source,
}: Pick<AnnouncedUpdate, 'update' | 'source'>): Cursor | null {
  if (update.type !== 'message.new' || update.read_seq !== undefined) return null;
  return { chat_id: update.chat_id, seq: update.seq, after: source.sequence };
}

export function highestByChat(all: Iterable<Cursor | null>): CursorsByChat {
  const highest = new Map<string, Cursor>();
  for (const cursor of all) {
    if (cursor && cursor.seq > (highest.get(cursor.chat_id)?.seq ?? 0)) highest.set(cursor.chat_id, cursor);
  }
  return highest;
}

export const mergeCursors = (one: CursorsByChat, other: CursorsByChat): CursorsByChat =>
  highestByChat([...one.values(), ...other.values()]);

interface Gathering {
  cursors: CursorsByChat;
  pts: number;
  readonly stored: Promise<Reply>;
}

/** Turns acknowledgements into receipts: gathered by device for `ack_window_ms`, answered once they are stored. */
export class DeliveredCursors {
  private readonly gathering = new Map<string, Gathering>();

  constructor(private readonly ask: Pick<Ask, 'commands'>) {}

  /** Everything up to pts is stored on the caller's device. */
  submit(identity: Identity, cursors: CursorsByChat, pts: number): Promise<Reply> {
    const current = this.gathering.get(identity.device_id);
    if (current) {
      current.cursors = mergeCursors(current.cursors, cursors);
      current.pts = Math.max(current.pts, pts);
      return current.stored;
    }
    const stored = new Promise((resolve) => setTimeout(resolve, ack_window_ms)).then(() =>
      this.store(identity),
    );
    this.gathering.set(identity.device_id, { cursors, pts, stored });
    return stored;
  }

  /** The chats' cursors first, the device's place in its log with the last of them. */
  private async store(identity: Identity): Promise<Reply> {
    const { cursors, pts } = this.gathering.get(identity.device_id)!;
    this.gathering.delete(identity.device_id);
    const all = [...cursors.values()];
    const commands = [];
    do {
      const some = all.splice(0, cursors_max);
      const { device_id } = identity;
      const params = { cursors: some, device_id, ...(all.length === 0 ? { pts } : {}) };
      commands.push({ command_id: uuidV7(), method: 'receipts.deliver', params });
    } while (all.length > 0);
    const replies = await this.ask.commands('account', identity, identity.user_id, commands);
    return replies.find((reply) => 'error' in reply) ?? replies.at(-1)!;
  }
}
