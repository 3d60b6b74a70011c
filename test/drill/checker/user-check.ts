/** One user: all devices were sent the same, and everything that can be asked agrees with what they were sent. */
import type {
  DeviceRecord,
  HistoryRecord,
  RecordedRun,
  ShownStateRecord,
  SnapshotRecord,
  UpdateRecord,
} from '../records.js';
import { messageOf, ReferenceState, type ReferenceChat } from '../../support/reference-fold.js';
import type { ChatRecords } from './chat-record.js';
import { DeviceLog } from './device-log.js';
import { digestsAgree, updateDigest, type UpdateDigest } from './digest.js';
import type { Findings } from './findings.js';
import type { Truth } from './truth.js';

/** Of the snapshots taken on the way so many, evenly spread, are folded on: each costs a whole state. */
const snapshots_folded_max = 6;

export interface UserEvidence {
  readonly user: string;
  readonly devices: readonly DeviceRecord[];
  readonly snapshots: readonly SnapshotRecord[];
  readonly histories: readonly HistoryRecord[];
  readonly shown: readonly ShownStateRecord[];
  readonly hashes: ReadonlyMap<number, readonly string[]>;
}

export class UserCheck {
  /** By pts, of the device that was read first. */
  private readonly digests: UpdateDigest[] = [];
  private readonly whole: ReferenceState;
  private readonly fromSnapshots: { record: SnapshotRecord; state: ReferenceState }[];

  constructor(
    private readonly run: RecordedRun,
    private readonly evidence: UserEvidence,
    private readonly truth: Truth,
    private readonly chats: ChatRecords,
    private readonly findings: Findings,
  ) {
    this.whole = new ReferenceState(evidence.user);
    this.fromSnapshots = spread(evidence.snapshots).map((record) => ({
      record,
      state: ReferenceState.ofSnapshot(evidence.user, [...record.pages]),
    }));
  }

  /** The final state, for what is checked across users. */
  async check(): Promise<ReferenceState> {
    const lengths: [string, number][] = [];
    const wired = this.evidence.devices.filter(({ client }) => client === 'wire');
    for (const [index, { device }] of wired.entries()) {
      lengths.push([device, await this.readLog(device, index === 0)]);
    }
    const isEven = lengths.every(([, length]) => length === lengths[0]![1]);
    this.findings.expect(
      'devices_equal',
      isEven,
      () => `at rest the logs end differently: ${JSON.stringify(lengths)}`,
    );
    this.checkSnapshots();
    this.checkHistories();
    this.checkShown();
    return this.whole;
  }

  private async readLog(device: string, isFirst: boolean): Promise<number> {
    const { user, hashes } = this.evidence;
    const log = new DeviceLog({ device, user, hashes, findings: this.findings, truth: this.truth });
    for await (const record of this.run.updatesOf(device)) {
      log.take(record);
      this.chats.take(record, user);
      if (isFirst) this.fold(record);
      else this.compare(device, record);
    }
    return log.pts;
  }

  private fold(record: UpdateRecord): void {
    this.digests[record.pts] = updateDigest(record);
    apply(this.whole, record);
    for (const { state } of this.fromSnapshots) if (record.pts > state.pts) apply(state, record);
  }

  private compare(device: string, record: UpdateRecord): void {
    const known = this.digests[record.pts];
    const isEqual = known !== undefined && digestsAgree(known, updateDigest(record));
    const detail = () =>
      `${device} pts ${record.pts}: another ${record.update.type} than on the first device`;
    this.findings.expect('devices_equal', isEqual, detail);
  }

  private checkSnapshots(): void {
    for (const { record, state } of this.fromSnapshots) {
      const at = `${this.evidence.user}: from the snapshot at ${record.pages[0]!.pts}`;
      const ids = [...new Set([...state.chats.keys(), ...this.whole.chats.keys()])];
      for (const id of ids) {
        const differing = difference(state.chats.get(id), this.whole.chats.get(id));
        this.findings.expect('snapshot_folds', differing === null, () => `${at}, chat ${id}: ${differing}`);
      }
    }
  }

  private checkHistories(): void {
    const found = new Map<string, Map<number, unknown>>();
    for (const { chat_id, messages } of this.evidence.histories) {
      const all = found.get(chat_id) ?? new Map<number, unknown>();
      for (const message of messages) all.set(message.seq, messageOf(message));
      found.set(chat_id, all);
    }
    for (const [chatId, messages] of found) {
      const folded = this.whole.chats.get(chatId)?.messages ?? new Map<number, unknown>();
      for (const seq of new Set([...messages.keys(), ...folded.keys()])) {
        const isEqual = same(messages.get(seq), folded.get(seq));
        const detail = () =>
          `${this.evidence.user} chat ${chatId} seq ${seq}: ${JSON.stringify(messages.get(seq))} is not ${JSON.stringify(folded.get(seq))}`;
        this.findings.expect('history_folds', isEqual, detail);
      }
    }
  }

  private checkShown(): void {
    for (const { device, pts, chats } of this.evidence.shown) {
      this.findings.expect(
        'shown_folds',
        pts === this.whole.pts,
        () => `${device} stands at ${pts} of ${this.whole.pts}`,
      );
      const shown = new Map(chats.map((chat) => [chat.chat_id, chat]));
      for (const id of new Set([...shown.keys(), ...this.whole.chats.keys()])) {
        const differing = shownDifference(shown.get(id), this.whole.chats.get(id));
        this.findings.expect('shown_folds', differing === null, () => `${device} chat ${id}: ${differing}`);
      }
    }
  }
}

/** What the log is broken by is found where its order is checked; folding what can be folded goes on. */
function apply(state: ReferenceState, record: UpdateRecord): void {
  try {
    state.applyAll([record]);
  } catch {
    state.pts = Math.max(state.pts, record.pts);
  }
}

function difference(found: ReferenceChat | undefined, expected: ReferenceChat | undefined): string | null {
  if (!found || !expected) return found === expected ? null : found ? 'is there too much' : 'is missing';
  const { messages, ...rest } = found;
  const { messages: all, ...expectedRest } = expected;
  if (!same(rest, expectedRest)) return `${JSON.stringify(rest)} is not ${JSON.stringify(expectedRest)}`;
  for (const [seq, message] of messages) {
    if (!same(message, all.get(seq)))
      return `seq ${seq}: ${JSON.stringify(message)} is not ${JSON.stringify(all.get(seq))}`;
  }
  return null;
}

const shown_fields = [
  'kind',
  'title',
  'role',
  'member_count',
  'last_seq',
  'read_seq',
  'unread_count',
] as const;
const tick_fields = ['delivered_outbox_seq', 'read_outbox_seq'] as const;

/** An SDK's chat: its fields, and the messages that it showed, by what a reader would see of them. */
function shownDifference(
  found: ShownStateRecord['chats'][number] | undefined,
  expected: ReferenceChat | undefined,
): string | null {
  if (!found || !expected) return found === undefined && expected === undefined ? null : 'only on one side';
  const wrong = [...shown_fields, ...tick_fields].find((field) => found[field] !== expected[field]);
  if (wrong !== undefined) return `${wrong} is ${String(found[wrong])}, not ${String(expected[wrong])}`;
  for (const { seq, text, deleted } of found['messages'] as {
    seq: number;
    text?: string;
    deleted?: boolean;
  }[]) {
    const message = expected.messages.get(seq);
    const content = message?.content as { type: string; text?: string } | undefined;
    const isEqual = message !== undefined && (message.deleted ?? false) === (deleted ?? false);
    if (!isEqual || content?.text !== text) return `seq ${seq} shows what the log does not`;
  }
  return null;
}

function spread(snapshots: readonly SnapshotRecord[]): SnapshotRecord[] {
  const final = snapshots.filter(({ is_final }) => is_final);
  const running = snapshots.filter(({ is_final }) => !is_final);
  const step = Math.max(1, running.length / snapshots_folded_max);
  const picked = running.filter((_, index) => Math.floor(index % step) === 0).slice(0, snapshots_folded_max);
  return [...picked, ...final];
}

const same = (one: unknown, other: unknown): boolean => stable(one) === stable(other);
const stable = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  ) ?? '';
