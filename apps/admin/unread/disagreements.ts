/** Who says otherwise than the streams, since where, and what an operator does about it. Late is no fault; passed by is one. */
import type { OfLog, OfReadModels } from './derived-numbers.js';
import type { StreamTruth } from './stream-truth.js';

export interface Disagreement {
  readonly who: 'log' | 'chats' | 'user_log';
  readonly number: 'last_seq' | 'read_seq' | 'visible_from_seq';
  readonly says: number | null;
  readonly should_say: number | null;
  /** `late`: it has not come to the place that decides. `wrong`: it has passed it. */
  readonly is: 'late' | 'wrong';
  readonly where: string;
  readonly advice: string;
}

interface Looked {
  readonly truth: StreamTruth;
  readonly log: OfLog;
  readonly models: OfReadModels;
}

export function disagreements(looked: Looked): readonly Disagreement[] {
  return [...ofChats(looked), ...ofTheLog(looked), ...ofUserLog(looked)];
}

function ofChats({ truth, models }: Looked): Disagreement[] {
  const place = (cause: StreamTruth['joined']) => ({
    decided: cause?.at ?? 'the beginning',
    reached: models.chats_at,
    needed: cause?.sequence ?? 0,
  });
  const visible = truth.is_member ? truth.visible_from_seq : null;
  return [
    ...compare('chats', 'last_seq', models.last_seq ?? 0, truth.last_seq, place(truth.last_message)),
    ...compare('chats', 'visible_from_seq', models.visible_from_seq, visible, place(truth.membership)),
  ];
}

function ofTheLog({ truth, log, models }: Looked): Disagreement[] {
  const place = (cause: StreamTruth['joined']) => ({
    decided: cause?.at ?? 'the beginning',
    reached: cause === null ? 0 : (log.written.get(cause.stream) ?? 0),
    needed: cause?.sequence ?? 0,
  });
  const visible = truth.is_member ? truth.visible_from_seq : null;
  const membership = compare(
    'log',
    'visible_from_seq',
    log.chat?.visible_from_seq ?? null,
    visible,
    place(truth.membership),
  );
  if (log.chat === null || visible === null || membership.length > 0) return membership;
  // Of a channel the messages are not copied.
  const last = models.kind === 'channel' ? log.chat.last_seq : Math.max(truth.last_seq, truth.read_seq);
  return [
    ...compare('log', 'last_seq', log.chat.last_seq, last, place(truth.last_message)),
    ...compare('log', 'read_seq', log.chat.read_seq, truth.read_seq, place(truth.read ?? truth.joined)),
  ];
}

function ofUserLog({ log, models }: Looked): Disagreement[] {
  const needed = log.chat?.read_at ?? 0;
  const place = { decided: `${log.stream}:${needed}`, reached: models.user_log_at, needed };
  return compare('user_log', 'read_seq', models.read_seq, log.chat?.read_seq ?? null, place);
}

interface Place {
  readonly decided: string;
  readonly reached: number;
  readonly needed: number;
}

function compare(
  who: Disagreement['who'],
  number: Disagreement['number'],
  says: number | null,
  should_say: number | null,
  { decided, reached, needed }: Place,
): Disagreement[] {
  if (says === should_say) return [];
  const is = reached < needed ? 'late' : 'wrong';
  const where =
    is === 'late'
      ? `decided at ${decided}, it has come to ${reached}`
      : `decided at ${decided}, which it has passed`;
  return [{ who, number, says, should_say, is, where, advice: advice[is][who] }];
}

const advice = {
  late: {
    log: 'The writer of the log follows: npm run admin -- lag shows whether it does.',
    chats: 'The read model follows: npm run admin -- lag shows whether it does.',
    user_log: 'The read model follows: npm run admin -- lag shows whether it does.',
  },
  wrong: {
    log: 'The log is the one thing that cannot be made again from the streams: docs/epochs.md tells what a new epoch does.',
    chats: 'Ask npm run admin -- verify, and rebuild chats when it agrees.',
    user_log: 'Ask npm run admin -- verify, and rebuild user_log when it agrees.',
  },
} as const;
