/** One device's log, update by update, in the order in which it was sent. */
import type { UpdateRecord } from '../records.js';
import type { Findings } from './findings.js';
import { emptyHash, nextHash } from './running-hash.js';
import { sendKey, textOf, type Truth } from './truth.js';

interface ChatPlace {
  seq: number;
  chatPts: number;
  /** From the chat's beginning: then there must be everything. */
  readonly isWhole: boolean;
  readonly absent: Set<string>;
  readonly marks: Map<string, number>;
}

export interface DeviceLogOptions {
  readonly device: string;
  readonly user: string;
  readonly findings: Findings;
  readonly truth: Truth;
  /** What the server said the hash is, by pts. */
  readonly hashes: ReadonlyMap<number, readonly string[]>;
}

export class DeviceLog {
  pts = 0;
  private hash = emptyHash;
  private readonly chats = new Map<string, ChatPlace>();

  constructor(private readonly options: DeviceLogOptions) {}

  take(record: UpdateRecord): void {
    const { findings, hashes, device } = this.options;
    const { pts, pts_count, update } = record;
    findings.expect('pts_contiguous', pts === this.pts + 1 && pts_count === 1, () => {
      return `${device}: at ${this.pts} came ${pts}, in session ${record.session}`;
    });
    this.pts = pts;
    this.hash = nextHash(this.hash, record);
    for (const hash of hashes.get(pts) ?? []) {
      const own = this.hash.toString('base64url');
      findings.expect('hash_right', hash === own, () => `${device}: at ${pts} ${hash} was said, ${own} is`);
    }
    if (update['chat_id'] !== undefined) this.takeOfChat(String(update['chat_id']), record);
  }

  private takeOfChat(chatId: string, record: UpdateRecord): void {
    const { update, pts } = record;
    if (update.type === 'chat.new') return this.joined(chatId, update);
    const place = this.chats.get(chatId);
    const { findings } = this.options;
    findings.expect(
      'chat_pts_order',
      place !== undefined,
      () => `${this.at(pts, chatId)}: not a chat of theirs`,
    );
    if (place === undefined) return;
    if (/^(read|delivered)\./.test(update.type)) return this.moved(chatId, place, record);
    this.ordered(chatId, place, update, pts);
    if (update.type === 'chat.removed') return void this.chats.delete(chatId);
    if (update.type === 'message.new') this.numbered(chatId, place, update, pts);
    this.silent(chatId, place, update, pts);
    this.truthful(chatId, update, pts);
  }

  private joined(chatId: string, update: UpdateRecord['update']): void {
    const seq = Number(update['visible_from_seq']) - 1;
    const chatPts = Number(update['chat_pts']);
    const fresh = { absent: new Set<string>(), marks: new Map<string, number>() };
    this.chats.set(chatId, { seq, chatPts, isWhole: chatPts === 1, ...fresh });
  }

  private ordered(chatId: string, place: ChatPlace, update: UpdateRecord['update'], pts: number): void {
    const chatPts = Number(update['chat_pts']);
    const holds = place.isWhole ? chatPts === place.chatPts + 1 : chatPts > place.chatPts;
    const detail = () => `${this.at(pts, chatId)}: chat_pts ${chatPts} after ${place.chatPts}`;
    this.options.findings.expect('chat_pts_order', holds, detail);
    place.chatPts = chatPts;
  }

  private numbered(chatId: string, place: ChatPlace, update: UpdateRecord['update'], pts: number): void {
    const seq = Number(update['seq']);
    const detail = () => `${this.at(pts, chatId)}: seq ${seq} after ${place.seq}`;
    this.options.findings.expect('seq_contiguous', seq === place.seq + 1, detail);
    place.seq = seq;
  }

  /** A mark that does not advance is allowed (it is merged by maximum) and counted. */
  private moved(chatId: string, place: ChatPlace, { at_ms, pts, update }: UpdateRecord): void {
    const { findings, truth, user } = this.options;
    const { type } = update;
    const mark = Number(update['seq']);
    findings.expect(
      'cursor_known',
      mark <= place.seq,
      () => `${this.at(pts, chatId)}: ${type} ${mark} of ${place.seq}`,
    );
    if (mark <= (place.marks.get(type) ?? 0)) findings.note(`${type} that did not advance`);
    place.marks.set(type, Math.max(mark, place.marks.get(type) ?? 0));
    if (type !== 'read.outbox') return;
    const furthest = truth.readMarks(chatId).byOthersThan(user, at_ms);
    const detail = () => `${this.at(pts, chatId)}: read.outbox ${mark}, but others read up to ${furthest}`;
    findings.expect('cursor_known', mark <= furthest, detail);
  }

  private silent(chatId: string, place: ChatPlace, update: UpdateRecord['update'], pts: number): void {
    for (const gone of (update['removed'] as string[] | undefined) ?? []) place.absent.add(gone);
    for (const { user_id } of (update['added'] as { user_id: string }[] | undefined) ?? [])
      place.absent.delete(user_id);
    const message = update['message'] as { sender_id: string; content?: { type: string } } | undefined;
    const isTold = message?.content?.type === 'service';
    const by = update['deleted_by'] ?? update['user_id'] ?? message?.sender_id;
    // An edit shown as a tombstone is of the same sender; what the server tells of a leaving is not the leaver's.
    if (by === undefined || isTold) return;
    const detail = () => `${this.at(pts, chatId)}: ${update.type} by ${String(by)}, who was gone`;
    this.options.findings.expect('removed_silent', !place.absent.has(String(by)), detail);
  }

  private truthful(chatId: string, update: UpdateRecord['update'], pts: number): void {
    const { truth, findings } = this.options;
    const message = update['message'] as Record<string, unknown> | undefined;
    if (message === undefined || textOf(message['content']) === undefined) return;
    const about = { chat_id: chatId, seq: update['seq'], ...message };
    const shown = about as typeof about & { sender_id: unknown; client_msg_id: unknown };
    const text = textOf(message['content']);
    const isAsSent = truth.sends.get(sendKey(chatId, shown.sender_id, shown.client_msg_id))?.text === text;
    const isFitting = update.type === 'message.new' ? isAsSent : !isAsSent && truth.mayShow(shown, text);
    findings.expect('body_true', isFitting && message['seq'] === update['seq'], () => {
      return `${this.at(pts, chatId)}: ${update.type} ${String(update['seq'])} says what its sender did not`;
    });
  }

  private readonly at = (pts: number, chatId: string) => `${this.options.device} pts ${pts} chat ${chatId}`;
}
