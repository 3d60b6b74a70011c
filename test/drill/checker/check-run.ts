/**
 * The checker: reads what a run left behind and says what of it cannot be. It shares no code with the server or the SDK,
 * and nothing with the workload but the records; it looks at a finished run, a minute or an hour long.
 */
import type {
  DeviceRecord,
  HistoryRecord,
  JournalRecord,
  MembersRecord,
  OperationRecord,
  RecordedRun,
  SessionRecord,
  ShownStateRecord,
  SnapshotRecord,
  StrayRecord,
} from '../records.js';
import type { ReferenceState } from '../../support/reference-fold.js';
import { ChatCheck } from './chat-check.js';
import { ChatRecords } from './chat-record.js';
import { Findings } from './findings.js';
import { checkCovers, checkMarks, checkReadIsTrue } from './read-check.js';
import { checkRestMarks } from './rest-check.js';
import { checkTicksForward, checkTokensContinue, ShownCheck } from './session-check.js';
import { checkAnswersInOrder, checkRemovedAreRefused } from './time-check.js';
import { Truth } from './truth.js';
import { UserCheck } from './user-check.js';

/** The journal, sorted. */
class Evidence {
  readonly truth = new Truth();
  readonly devices: DeviceRecord[] = [];
  readonly sessions: SessionRecord[] = [];
  readonly strays: StrayRecord[] = [];
  readonly snapshots: SnapshotRecord[] = [];
  readonly histories: HistoryRecord[] = [];
  readonly members: MembersRecord[] = [];
  readonly shown: ShownStateRecord[] = [];
  readonly reads: OperationRecord[] = [];
  readonly differences: OperationRecord[] = [];
  hasEnded = false;
  private readonly shownCheck: ShownCheck;

  constructor(findings: Findings) {
    this.shownCheck = new ShownCheck(findings);
  }

  take(record: JournalRecord): void {
    if (record.kind === 'device') this.devices.push(record);
    else if (record.kind === 'chat') this.truth.addChat(record);
    else if (record.kind === 'session') this.sessions.push(record);
    else if (record.kind === 'stray') this.strays.push(record);
    else if (record.kind === 'snapshot') this.snapshots.push(record);
    else if (record.kind === 'history') this.histories.push(record);
    else if (record.kind === 'members') this.members.push(record);
    else if (record.kind === 'shown_state') this.shown.push(record);
    else if (record.kind === 'end') this.hasEnded = true;
    else if (record.kind === 'shown') this.shownCheck.shown(record);
    else if (record.kind === 'fault') this.shownCheck.isClockSet ||= record.fault_kind === 'set clock';
    else if (record.kind === 'operation') this.operation(record);
  }

  private operation(record: OperationRecord): void {
    this.truth.add(record);
    this.shownCheck.operation(record);
    if (record.outcome !== 'acknowledged') return;
    if (reading.has(record.method)) this.reads.push(record);
    if (record.method === 'updates.getDifference') this.differences.push(record);
  }
}

const reading = new Set(['messages.history', 'chats.get']);

export async function checkRun(run: RecordedRun): Promise<Findings> {
  const findings = new Findings();
  const evidence = new Evidence(findings);
  for await (const record of run.journal()) evidence.take(record);
  findings.expect('ended', evidence.hasEnded, () => 'the records stop before the end of the run');
  for (const { device, frame } of evidence.strays) {
    findings.expect('frames_fit', false, () => `${device}: ${frame}`);
  }
  findings.looked('frames_fit', evidence.sessions.length);

  const chats = new ChatRecords(findings);
  const states = new Map<string, ReferenceState>();
  for (const user of new Set(evidence.devices.map((device) => device.user))) {
    const check = new UserCheck(run, ofUser(evidence, user), evidence.truth, chats, findings);
    states.set(user, await check.check());
  }
  checkChats(evidence, chats, states, findings);
  checkEditsRepeated(evidence.truth, findings);
  checkAnswersInOrder(evidence.truth, findings);
  checkRemovedAreRefused(evidence.truth, findings);
  checkTokensContinue(evidence.sessions, evidence.differences, findings);
  checkTicksForward(evidence.reads.filter(isSteadyLook(evidence.truth)), findings);
  for (const read of evidence.reads) {
    checkCovers(read, findings);
    checkMarks(read, findings);
    checkReadIsTrue(read, chats.chats.get(String(read.params.chat_id)) ?? [], evidence.truth, findings);
  }
  return findings;
}

/** That it changed nothing is seen where texts are counted. */
function checkEditsRepeated({ repeatedEdits }: Truth, findings: Findings): void {
  for (const { first, again } of repeatedEdits) {
    const isSame = again.result?.['edited_at_ms'] === first.result?.['edited_at_ms'];
    const detail = () => `an edit of ${first.device}, asked again at ${again.begun_ms}: another answer`;
    findings.expect('repeat_answered', again.outcome !== 'acknowledged' || isSame, detail);
  }
}

/** Who leaves and returns begins anew. */
const isSteadyLook =
  ({ chats }: Truth) =>
  ({ method, params }: OperationRecord): boolean =>
    method === 'chats.get' && chats.get(String(params.chat_id))?.is_steady === true;

function checkChats(
  { truth, members }: Evidence,
  chats: ChatRecords,
  states: ReadonlyMap<string, ReferenceState>,
  findings: Findings,
): void {
  for (const chatId of new Set([...truth.chats.keys(), ...chats.chats.keys()])) {
    const answered = members.find(({ chat_id }) => chat_id === chatId)?.members;
    const events = chats.chats.get(chatId) ?? [];
    const standing = answered && new Set(answered);
    new ChatCheck({ chatId, events, truth, findings, members: standing }).check();
    checkRestMarks({ chatId, events, truth, findings, states });
  }
}

function ofUser(evidence: Evidence, user: string) {
  const devices = evidence.devices.filter((device) => device.user === user);
  const names = new Set(devices.map(({ device }) => device));
  const snapshots = evidence.snapshots.filter((snapshot) => snapshot.user === user);
  const hashes = new Map<number, string[]>();
  const say = (pts: number, hash: string) => hashes.set(pts, [...(hashes.get(pts) ?? []), hash]);
  for (const { device, event, pts, hash } of evidence.sessions) {
    if (names.has(device) && event !== 'closed' && hash !== undefined && pts !== undefined) say(pts, hash);
  }
  for (const { pages } of snapshots) for (const { pts, hash } of pages) say(pts, hash);
  return {
    user,
    devices,
    snapshots,
    hashes,
    histories: evidence.histories.filter((history) => history.user === user),
    shown: evidence.shown.filter((shown) => shown.user === user),
  };
}
