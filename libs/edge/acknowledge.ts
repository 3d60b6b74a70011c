import type { LogDeviceCursorResult } from '#protocol/internal-requests.js';
import type { UpdatesAckResult } from '#protocol/methods/updates.js';
import { nothingSeen, type Identity } from '#streams/requests.js';
import { replied, type Ask } from './ask.js';
import {
  cursorOfEntry,
  highestByChat,
  mergeCursors,
  noCursors,
  type CursorsByChat,
  type DeliveredCursors,
} from './delivered-cursors.js';
import { positionAt, type LogPosition } from './log-position.js';
import type { LogEntries } from './log-entries.js';
import type { Resume } from './resume.js';

const page_entries_max = 256;
/** Of an acknowledgement that spans more entries, the earliest give no cursor; later messages of their chats do. */
const ack_entries_max = 20_000;

export interface ReadCursors {
  readonly cursors: CursorsByChat;
  /** Of the last entry that was read. */
  readonly position: LogPosition;
}

/** `updates.ack`: from entries that a device has stored to delivered cursors and the device's own. */
export class Acknowledge {
  constructor(
    private readonly ask: Ask,
    private readonly entries: LogEntries,
    private readonly resume: Resume,
    private readonly delivered: DeliveredCursors,
  ) {}

  /** Answers once the receipt is stored. */
  async store(identity: Identity, cursors: CursorsByChat, pts: number): Promise<UpdatesAckResult> {
    replied(await this.delivered.submit(identity, cursors, pts));
    return {};
  }

  /** Reads what was acknowledged from the log: for entries that were not pushed from here. */
  async cursorsBetween(userId: string, from: LogPosition, pts: number): Promise<ReadCursors> {
    let cursors = noCursors;
    let position = from;
    while (position.pts < pts) {
      const max = Math.min(page_entries_max, pts - position.pts);
      const { entries } = await this.entries.after(userId, position, max);
      if (entries.length === 0) break;
      cursors = mergeCursors(cursors, highestByChat(entries.map(cursorOfEntry)));
      position = positionAt(entries.at(-1)!);
    }
    return { cursors, position };
  }

  /** How far this device had acknowledged before, at most `ack_entries_max` below pts. */
  async positionBefore(identity: Identity, pts: number): Promise<LogPosition> {
    const known = Math.min(await this.deviceCursor(identity), pts);
    return this.resume.fromPts(identity, Math.max(0, known, pts - ack_entries_max));
  }

  /** The pts up to which this device has stored its log, as the read model knows it; 0: it never said. */
  async deviceCursor(identity: Identity): Promise<number> {
    const request = { identity, params: {}, seen: nothingSeen };
    const result = replied(await this.ask.query('log.deviceCursor', request));
    return (result as unknown as LogDeviceCursorResult).pts;
  }
}
