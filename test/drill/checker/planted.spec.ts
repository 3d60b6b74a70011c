/** A checker that cannot fail is worth nothing: every check finds what was planted for it, and a run without it is clean. */
import { describe, expect, test } from 'vitest';
import type { JournalRecord, OperationRecord, SnapshotRecord, UpdateRecord } from '../records.js';
import { checkRun } from './check-run.js';
import { checks, type CheckName } from './findings.js';
import { smallChats, smallRun, type SmallRun } from './small-run.js';

const { direct, group } = smallChats;

type Spoil = (run: SmallRun) => unknown;

const operation = (run: SmallRun, method: string, nth = 0): OperationRecord =>
  run.records.filter((one): one is OperationRecord => one.kind === 'operation' && one.method === method)[
    nth
  ]!;
const change = <T extends object>(target: T, fields: Record<string, unknown>): T =>
  Object.assign(target, fields);
const remove = (run: SmallRun, which: (record: JournalRecord) => boolean) =>
  run.records.splice(run.records.findIndex(which), 1);
const updateOf = (run: SmallRun, device: string, type: string, nth = 0): UpdateRecord =>
  run.logs[device]!.filter(({ update }) => update.type === type)[nth]!;
/** In the logs of everybody who has it, so that nothing but its content is wrong. */
const everywhere = (run: SmallRun, type: string, nth: number, fields: Record<string, unknown>) => {
  for (const device of Object.keys(run.logs)) {
    const found = run.logs[device]!.filter(
      ({ update }) => update.type === type && update['chat_id'] === direct,
    )[nth];
    if (found) change(found.update, fields);
  }
};
const snapshotOf = (run: SmallRun) =>
  run.records.find((record): record is SnapshotRecord => record.kind === 'snapshot')!;
const record = <K extends JournalRecord['kind']>(run: SmallRun, kind: K, nth = 0) =>
  run.records.filter((one): one is Extract<JournalRecord, { kind: K }> => one.kind === kind)[nth]!;

const planted: [what: string, foundBy: CheckName, spoil: Spoil][] = [
  ['records that stop', 'ended', (run) => remove(run, ({ kind }) => kind === 'end')],
  ['an update left out', 'pts_contiguous', (run) => run.logs['bob-1']!.splice(3, 1)],
  [
    'an update sent twice',
    'pts_contiguous',
    (run) => run.logs['bob-1']!.splice(3, 0, run.logs['bob-1']![2]!),
  ],
  ['another hash', 'hash_right', (run) => change(record(run, 'session'), { hash: 'AAAA' })],
  [
    'another commitment',
    'hash_right',
    (run) => change(updateOf(run, 'ann-1', 'message.new'), { commitment: 'x' }),
  ],
  [
    'a device shown another text',
    'devices_equal',
    (run) => change(updateOf(run, 'ann-2', 'message.new').update['message'] as object, { date_ms: 7 }),
  ],
  ['a device that stays behind', 'devices_equal', (run) => run.logs['ann-2']!.pop()],
  [
    'a message left out of a log',
    'seq_contiguous',
    (run) =>
      change(updateOf(run, 'bob-1', 'message.new').update, {
        type: 'message.reaction',
        user_id: 'ann',
        emoji: '👍',
      }),
  ],
  [
    'a change that goes back',
    'chat_pts_order',
    (run) => everywhere(run, 'message.edited', 0, { chat_pts: 2 }),
  ],
  ['a change left out', 'chat_pts_order', (run) => everywhere(run, 'message.deleted', 0, { chat_pts: 7 })],
  [
    'two members shown another order',
    'same_order',
    (run) => {
      const [first, second] = [0, 1].map((nth) => updateOf(run, 'bob-1', 'message.new', nth).update);
      const [one, other] = [first!['message'], second!['message']];
      change(first!, { message: { ...(other as object), seq: 1 } });
      change(second!, { message: { ...(one as object), seq: 2 } });
    },
  ],
  [
    'a text that was not sent',
    'body_true',
    (run) =>
      change(updateOf(run, 'bob-1', 'message.new').update['message'] as object, {
        content: { type: 'text', text: 'no' },
      }),
  ],
  [
    'a mark beyond the log',
    'cursor_known',
    (run) => change(updateOf(run, 'bob-1', 'read.outbox').update, { seq: 3 }),
  ],
  [
    'a mark that nobody read',
    'cursor_known',
    (run) => {
      for (const nth of [0, 1])
        change(operation(run, 'messages.read', nth), { params: { chat_id: direct, seq: 1 } });
    },
  ],
  [
    'a message of who was sent away',
    'removed_silent',
    (run) => {
      for (const device of ['ann-1', 'ann-2', 'bob-1']) {
        const { update } = run.logs[device]!.findLast((one) => one.update.type === 'message.new')!;
        change(update['message'] as object, { sender_id: 'cat' });
      }
    },
  ],
  [
    'an acknowledged send of who was sent away',
    'removed_silent',
    (run) => {
      const sent = operation(run, 'messages.send', 4);
      change(sent, { user: 'cat', params: { ...sent.params, chat_id: group } });
    },
  ],
  [
    'an acknowledged send that is lost',
    'acknowledged_once',
    (run) => {
      const lost = structuredClone(operation(run, 'messages.send'));
      run.records.push(
        change(lost, { params: { ...lost.params, client_msg_id: 'lost' }, result: { seq: 3 } }),
      );
    },
  ],
  [
    'a send answered with another seq',
    'acknowledged_once',
    (run) => change(operation(run, 'messages.send', 1), { result: { seq: 1 } }),
  ],
  [
    'a key that stands twice',
    'never_doubled',
    (run) => {
      for (const device of ['ann-1', 'ann-2', 'bob-1']) {
        const [first, second] = [0, 1].map(
          (nth) => updateOf(run, device, 'message.new', nth).update['message'] as any,
        );
        change(second, { client_msg_id: first.client_msg_id, sender_id: first.sender_id });
      }
    },
  ],
  [
    'a deletion that stands twice',
    'never_doubled',
    (run) =>
      everywhere(run, 'message.reaction', 0, {
        type: 'message.deleted',
        seq: 2,
        deleted_by: 'bob',
      }),
  ],
  [
    'a message nobody sent',
    'never_invented',
    (run) => remove(run, (one) => one === operation(run, 'messages.send', 2)),
  ],
  [
    'a deletion nobody asked for',
    'never_invented',
    (run) => remove(run, (one) => one === operation(run, 'messages.delete')),
  ],
  [
    'a reaction nobody gave',
    'never_invented',
    (run) => everywhere(run, 'message.reaction', 0, { emoji: '🔥' }),
  ],
  [
    'a repeat that is none',
    'repeat_answered',
    (run) => change(operation(run, 'messages.send', 3), { result: { seq: 1, duplicate: false } }),
  ],
  [
    'a repeated edit that is none',
    'repeat_answered',
    (run) => {
      const edit = operation(run, 'messages.edit');
      change(edit, { params: { ...edit.params, client_request_id: 'edit' }, result: { edited_at_ms: 5 } });
      run.records.push({ ...structuredClone(edit), result: { edited_at_ms: 6 } });
    },
  ],
  [
    'a later send before an earlier one',
    'answers_in_order',
    (run) => change(operation(run, 'messages.send', 0), { begun_ms: 9_000, ended_ms: 9_001 }),
  ],
  [
    'an acknowledged edit that is lost',
    'edit_kept',
    (run) => {
      const lost = structuredClone(operation(run, 'messages.edit'));
      run.records.push(change(lost, { params: { ...lost.params, content: { type: 'text', text: 'lost' } } }));
    },
  ],
  [
    'an acknowledged deletion that is lost',
    'delete_kept',
    (run) =>
      run.records.push(
        change(structuredClone(operation(run, 'messages.delete')), {
          params: { chat_id: direct, seqs: [1] },
        }),
      ),
  ],
  [
    'an acknowledged reaction that is lost',
    'reaction_kept',
    (run) =>
      run.records.push(
        change(structuredClone(operation(run, 'messages.react')), {
          params: { chat_id: direct, seq: 1, emoji: '🔥' },
        }),
      ),
  ],
  [
    'a read mark that did not move',
    'read_kept',
    (run) =>
      run.records.push(
        change(structuredClone(operation(run, 'messages.read')), { params: { chat_id: direct, seq: 3 } }),
      ),
  ],
  [
    'a member who should not be',
    'members_kept',
    (run) => change(record(run, 'members'), { members: ['ann', 'bob', 'cat'] }),
  ],
  [
    'a snapshot that shows another mark',
    'snapshot_folds',
    (run) => change(snapshotOf(run).pages[0]!.chats[0]!, { read_seq: 1 }),
  ],
  [
    'a snapshot without a chat',
    'snapshot_folds',
    (run) => (snapshotOf(run).pages[0]!.chats as unknown[]).pop(),
  ],
  [
    'a history without a message',
    'history_folds',
    (run) => (record(run, 'history').messages as unknown[]).pop(),
  ],
  [
    'a history with another text',
    'history_folds',
    (run) => change(record(run, 'history').messages[0]!, { content: { type: 'text', text: 'no' } }),
  ],
  [
    'an app that shows another tick',
    'shown_folds',
    (run) => change(record(run, 'shown_state').chats[0]!, { delivered_outbox_seq: 0 }),
  ],
  [
    'an app that shows a deleted text',
    'shown_folds',
    (run) => change((record(run, 'shown_state').chats[0]!['messages'] as object[])[1]!, { deleted: false }),
  ],
  ['an app that stays behind', 'shown_folds', (run) => change(record(run, 'shown_state'), { pts: 1 })],
  [
    'a read behind what was seen',
    'read_covers',
    (run) => change(operation(run, 'messages.history'), { seen_seq: 3 }),
  ],
  [
    'a read that shows another sender',
    'read_true',
    (run) =>
      change((operation(run, 'messages.history').result!['messages'] as object[])[0]!, { sender_id: 'bob' }),
  ],
  [
    'a session that does not continue',
    'tokens_continue',
    (run) => change(record(run, 'session'), { event: 'too_long', from_pts: 1 }),
  ],
  [
    'a session behind its token',
    'tokens_continue',
    (run) => change(record(run, 'session'), { event: 'opened', pts: 1, from_pts: 2 }),
  ],
  [
    'a difference that is too long',
    'tokens_continue',
    (run) => change(operation(run, 'updates.getDifference'), { result: { type: 'too_long' } }),
  ],
  [
    'a tick that goes back',
    'ticks_forward',
    (run) => change(operation(run, 'chats.get', 1).result!, { delivered_outbox_seq: 0 }),
  ],
  [
    'an error of no rule',
    'nothing_shown',
    (run) => change(operation(run, 'chats.get'), { outcome: 'refused', code: 'SYNC_TOKEN_INVALID' }),
  ],
  [
    'a clock that nobody set',
    'nothing_shown',
    (run) => change(operation(run, 'chats.get'), { outcome: 'refused', code: 'CLOCK_AHEAD' }),
  ],
  [
    'an app that shows a problem',
    'nothing_shown',
    (run) =>
      run.records.push({
        kind: 'shown',
        device: 'ann-3',
        at_ms: 1,
        event: 'problem',
        code: 'INTERNAL',
        retryable: true,
      }),
  ],
  [
    'a frame that answers nothing',
    'frames_fit',
    (run) => run.records.push({ kind: 'stray', device: 'ann-1', at_ms: 1, frame: '{}' }),
  ],
];

describe('the checker', () => {
  test('finds nothing in a run as it must be, and every check had something to look at', async () => {
    const findings = await checkRun(smallRun());
    expect(findings.violations).toEqual([]);
    expect(findings.counts().filter(({ looked }) => looked === 0)).toEqual([]);
  });

  test.each(planted)('%s is found by %s', async (_what, foundBy, spoil) => {
    const run = smallRun();
    spoil(run);
    const findings = await checkRun(run);
    expect(findings.violations.map(({ check }) => check)).toContain(foundBy);
  });

  test('no check is without something planted for it', () => {
    const found = new Set(planted.map(([, foundBy]) => foundBy));
    expect(Object.keys(checks).filter((check) => !found.has(check as CheckName))).toEqual([]);
  });
});
