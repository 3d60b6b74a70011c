import { moment, printable, table } from '../table.js';
import type { AgainstLive } from './against-live.js';
import type { ChatThen } from './chat-then.js';
import type { RowDifference, TableDifference } from './compare-table.js';
import type { MessageThen } from './recent-messages.js';
import type { UserThen } from './user-then.js';

export type ReplayResult = ChatThen | UserThen | AgainstLive;

export function printReplay(result: ReplayResult): readonly string[] {
  if (result.of === 'chat') return printChat(result);
  return result.of === 'user' ? printUser(result) : printAgainstLive(result);
}

function printChat(chat: ChatThen): string[] {
  const { decided, erased_about_then: about } = chat;
  const title = chat.title === null ? '' : ` "${printable(chat.title)}"`;
  return [
    `${chat.kind}${title} ${chat.chat_id}, up to ${chat.position}`,
    `last decision: ${decided.at}, decided ${moment(decided.occurred_at_ms)}, stored ${moment(decided.stored_at_ms)}`,
    `${chat.messages_count} messages (last seq ${chat.last_seq}), ${chat.deleted_count} of them deleted; chat_pts ${chat.chat_pts}`,
    ...printRules(chat),
    ...(chat.erased_count === 0
      ? []
      : [`${chat.erased_count} events erased since: chat_pts ${chat.erased.map(spanned).join(', ')}`]),
    ...(about === null ? [] : [`chat_pts ${spanned(about)} erased too: before this moment or after it`]),
    '',
    ...table(
      ['member', 'role', 'joined', 'sees from seq'],
      chat.members.map((one) => [one.user_id, one.role, moment(one.joined_at_ms), one.visible_from_seq]),
    ),
    ...(chat.messages.length === 0 ? [] : ['', ...printMessages(chat.messages)]),
  ];
}

function printRules({ permissions, history, banned_ids = [] }: ChatThen): string[] {
  const { send, add_members, change_info } = permissions ?? {};
  return [
    ...(permissions === undefined
      ? []
      : [
          `from ${send} up may write, from ${add_members} up add people, from ${change_info} up change the chat`,
        ]),
    ...(history === 'all' ? ['who joins sees everything'] : []),
    ...(banned_ids.length === 0 ? [] : [`banned: ${banned_ids.join(' ')}`]),
  ];
}

const spanned = ([from, to]: readonly [number, number]): string =>
  from === to ? `${from}` : `${from}-${to}`;

const printMessages = (messages: readonly MessageThen[]): string[] =>
  table(
    ['seq', 'is', 'type', 'sender', 'sent', 'edited', 'reactions', 'text'],
    messages.map((one) => [
      one.seq,
      one.is,
      one.type,
      one.sender_id,
      moment(one.date_ms),
      moment(one.edited_at_ms),
      one.reactions,
      one.text,
    ]),
  );

const printUser = (user: UserThen): string[] => [
  `user ${user.user_id}, up to ${user.position}: pts ${user.pts}, last entry of ${moment(user.date_ms)}`,
  '',
  ...table(
    ['chat', 'role', 'sees from', 'read', 'last', 'unread', 'read by others', 'delivered to others'],
    user.chats.map((one) => [
      one.chat_id,
      one.role,
      one.visible_from_seq,
      one.read_seq,
      one.last_seq,
      one.unread_count,
      one.read_outbox_seq,
      one.delivered_outbox_seq,
    ]),
  ),
  '',
  ...table(
    ['device', 'name', 'type', 'signed in'],
    user.devices.map(({ device_id, name, type, added_at_ms }) => [
      device_id,
      name,
      type,
      moment(added_at_ms),
    ]),
  ),
];

function printAgainstLive(result: AgainstLive): string[] {
  const { projection, version, live_schema, tables } = result;
  const verdict = result.is_equal ? 'equal' : 'NOT equal';
  return [
    `${projection} version ${version} of this code against ${live_schema}: ${verdict} (${result.folded} messages folded)`,
    `up to ${Object.entries(result.positions)
      .map(([stream, sequence]) => `${stream}:${sequence}`)
      .join(' ')}`,
    '',
    ...table(
      ['table', 'live', 'replayed', 'differing', 'only live', 'only replayed', 'columns not compared'],
      tables.map((one) => [
        one.table,
        one.rows_live,
        one.rows_replayed,
        one.differing,
        one.only_live,
        one.only_replayed,
        one.columns_not_compared.join(', '),
      ]),
    ),
    ...result.not_compared.map(
      (table) => `${table}: not compared, its rows belong to no single chat or user`,
    ),
    ...tables.flatMap(printFirst),
  ];
}

const printFirst = ({ table, first }: TableDifference): string[] =>
  first.length === 0 ? [] : ['', `${table}, the first ${first.length}:`, ...first.flatMap(printRow)];

const printRow = ({ is, key, columns: changed }: RowDifference): string[] => [
  `  ${is.replace('_', ' ')}: ${Object.values(key).map(printable).join(' ')}`,
  ...Object.entries(changed).map(
    ([name, { live, replayed }]) => `    ${name}: live ${live ?? 'null'}, replayed ${replayed ?? 'null'}`,
  ),
];
