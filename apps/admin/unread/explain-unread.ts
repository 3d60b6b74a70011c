/** Why the badge of a chat shows what it shows: unread_count = last_seq - read_seq, and what decided each. */
import { moment, table } from '../table.js';
import { idParameter } from '../devices/account.js';
import { OperationRefused, type AdminContext, type Operation } from '../operation.js';
import { ofLog, ofReadModels } from './derived-numbers.js';
import { disagreements, type Disagreement } from './disagreements.js';
import { streamTruth, type Cause } from './stream-truth.js';

export interface UnreadParams {
  readonly user: string;
  readonly chat: string;
}

interface Numbers {
  readonly last_seq: number;
  readonly read_seq: number;
  readonly unread_count: number;
}

interface Deciding extends Cause {
  readonly decides: 'membership' | 'last seq' | 'read seq';
}

export interface UnreadExplained {
  readonly user_id: string;
  readonly chat_id: string;
  /** Null where there is no badge: the user is no member, or it does not know of the chat. */
  readonly streams: Numbers | null;
  readonly log: Numbers | null;
  readonly shown: Numbers | null;
  readonly visible_from_seq: number | null;
  readonly causes: readonly Deciding[];
  readonly disagreements: readonly Disagreement[];
}

export const explainUnreadOperation: Operation<UnreadParams, UnreadExplained> = {
  name: 'explain-unread',
  summary:
    "Tells why a chat's badge shows what it shows, and who says otherwise than the streams; exit code 1 then.",
  examples: [['npm run admin -- explain-unread --user <id> --chat <id>', 'a badge that does not go']],
  role: 'auditor',
  parameters: [idParameter('user', 'whose badge'), idParameter('chat', 'of which chat')],
  run: explainUnread,
  print: printUnread,
  exitCode: ({ disagreements: found }) => (found.length === 0 ? 0 : 1),
};

/** What is made of others is looked at before them: then whoever is behind is late, and nobody seems to be ahead. */
async function explainUnread(context: AdminContext, { user, chat }: UnreadParams): Promise<UnreadExplained> {
  const asked = { user_id: user, chat_id: chat };
  const models = await ofReadModels(context.db, asked, context.streamsPerFamily);
  const log = await ofLog(context, asked);
  const truth = await streamTruth(context, asked);
  if (!truth.chat_is_there) throw new OperationRefused(`chat: there is no chat ${chat}`);
  if (truth.membership === null) throw new OperationRefused(`user: ${user} was never a member of ${chat}`);
  return {
    ...asked,
    streams: truth.is_member ? numbers(truth) : null,
    log: log.chat === null || models.kind === 'channel' ? null : numbers(log.chat),
    shown: models.shown,
    visible_from_seq: truth.is_member ? truth.visible_from_seq : null,
    causes: [
      ...deciding('membership', truth.membership),
      ...deciding('last seq', truth.last_message),
      ...deciding('read seq', truth.read),
    ],
    disagreements: disagreements({ truth, log, models }),
  };
}

const deciding = (decides: Deciding['decides'], cause: Cause | null): Deciding[] =>
  cause === null ? [] : [{ ...cause, decides }];

const numbers = ({
  last_seq,
  read_seq,
}: {
  readonly last_seq: number;
  readonly read_seq: number;
}): Numbers => ({
  last_seq,
  read_seq,
  unread_count: last_seq - read_seq,
});

function printUnread(result: UnreadExplained): string[] {
  const row = (who: string, one: Numbers | null) =>
    one === null ? [who, null, null, null] : [who, one.unread_count, one.last_seq, one.read_seq];
  const rows = [row('streams', result.streams), row('log', result.log), row('shown', result.shown)];
  return [
    ...table(['by', 'unread', 'last seq', 'read seq'], rows),
    '',
    ...(result.visible_from_seq === null
      ? ['The user is no member now.']
      : [`Messages from seq ${result.visible_from_seq} on are theirs to see.`]),
    ...table(
      ['what decides', 'event', 'seq', 'at', 'when', 'user', 'device'],
      result.causes.map((one) => [
        one.decides,
        one.what,
        one.seq,
        one.at,
        moment(one.occurred_at_ms),
        one.user_id,
        one.device_id,
      ]),
    ),
    ...(result.disagreements.length === 0 ? ['', 'All agree.'] : ['']),
    ...result.disagreements.flatMap(({ who, number, says, should_say, is, where, advice }) => [
      `${who} is ${is}: ${number} is ${says ?? 'absent'} and should be ${should_say ?? 'absent'} (${where})`,
      `  ${advice}`,
    ]),
  ];
}
