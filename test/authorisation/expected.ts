/**
 * What whoever calls is to be told, method by method: written by hand from the protocol, not from the rules that the system
 * decides by, so that a wrong rule is found. `ok`, or the error.
 */

const errors = {
  NM: 'NOT_A_MEMBER',
  FB: 'FORBIDDEN',
  WK: 'WRONG_CHAT_KIND',
  NF: 'NOT_FOUND',
  NE: 'NOT_EDITABLE',
  MD: 'MESSAGE_DELETED',
} as const;

export type Expected = 'ok' | (typeof errors)[keyof typeof errors];

export type Caller = 'owner' | 'admin' | 'member' | 'late' | 'left' | 'removed' | 'stranger';
export type Target = 'self' | 'owner' | 'admin' | 'member' | 'none';
export type MessageOf = 'own' | 'another' | 'service' | 'deleted';

/** Called with what the caller has the most right to: their own message, themselves. */
const chatTable = `
                       | direct          | group                                    | channel                                  | no such
                       | member stranger | owner admin member left removed stranger | owner admin member left removed stranger | chat
chats.get              | ok     NM       | ok    ok    ok     NM   NM      NM       | ok    ok    ok     NM   NM      NM       | NM
chats.members          | ok     NM       | ok    ok    ok     NM   NM      NM       | ok    ok    ok     NM   NM      NM       | NM
chats.update           | WK     NM       | ok    ok    FB     NM   NM      NM       | ok    ok    FB     NM   NM      NM       | NM
chats.addMembers       | WK     NM       | ok    ok    FB     NM   NM      NM       | ok    ok    FB     NM   NM      NM       | NM
chats.removeMember     | WK     NM       | ok    ok    ok     NM   NM      NM       | ok    ok    ok     NM   NM      NM       | NM
chats.setRole          | WK     NM       | ok    ok    FB     NM   NM      NM       | ok    ok    FB     NM   NM      NM       | NM
chats.ban              | WK     NM       | ok    ok    FB     NM   NM      NM       | ok    ok    FB     NM   NM      NM       | NM
chats.unban            | WK     NM       | ok    ok    FB     NM   NM      NM       | ok    ok    FB     NM   NM      NM       | NM
chats.banned           | WK     NM       | ok    ok    FB     NM   NM      NM       | ok    ok    FB     NM   NM      NM       | NM
chats.leave            | WK     NM       | ok    ok    ok     NM   NM      NM       | ok    ok    ok     NM   NM      NM       | NM
chats.setMuted         | ok     NM       | ok    ok    ok     NM   NM      NM       | ok    ok    ok     NM   NM      NM       | NM
chats.setArchived      | ok     NM       | ok    ok    ok     NM   NM      NM       | ok    ok    ok     NM   NM      NM       | NM
chats.setPinned        | ok     NM       | ok    ok    ok     NM   NM      NM       | ok    ok    ok     NM   NM      NM       | NM
messages.send          | ok     NM       | ok    ok    ok     NM   NM      NM       | ok    ok    ok     NM   NM      NM       | NM
messages.edit          | ok     NM       | ok    ok    ok     NM   NM      NM       | ok    ok    ok     NM   NM      NM       | NM
messages.delete        | ok     NM       | ok    ok    ok     NM   NM      NM       | ok    ok    ok     NM   NM      NM       | NM
messages.deleteForMe   | ok     NM       | ok    ok    ok     NM   NM      NM       | ok    ok    ok     NM   NM      NM       | NM
messages.react         | ok     NM       | ok    ok    ok     NM   NM      NM       | ok    ok    ok     NM   NM      NM       | NM
messages.read          | ok     NM       | ok    ok    ok     NM   NM      NM       | ok    ok    ok     NM   NM      NM       | NM
typing.set             | ok     NM       | ok    ok    ok     NM   NM      NM       | ok    ok    ok     NM   NM      NM       | NM
calls.accept           | ok     NM       | WK    WK    WK     NM   NM      NM       | WK    WK    WK     NM   NM      NM       | NM
calls.signal           | ok     NM       | WK    WK    WK     NM   NM      NM       | WK    WK    WK     NM   NM      NM       | NM
calls.discard          | ok     NM       | WK    WK    WK     NM   NM      NM       | WK    WK    WK     NM   NM      NM       | NM
messages.history       | ok     NM       | ok    ok    ok     NM   NM      NM       | ok    ok    ok     NM   NM      NM       | NM
messages.reactions     | ok     NM       | ok    ok    ok     NM   NM      NM       | ok    ok    ok     NM   NM      NM       | NM
messages.edits         | ok     NM       | ok    ok    ok     NM   NM      NM       | ok    ok    ok     NM   NM      NM       | NM
messages.search        | ok     NM       | ok    ok    ok     NM   NM      NM       | ok    ok    ok     NM   NM      NM       | NM
messages.receipts      | ok     NM       | ok    ok    ok     NM   NM      NM       | WK    WK    WK     NM   NM      NM       | NM
sync.chats             | ok     NM       | ok    ok    ok     NM   NM      NM       | ok    ok    ok     NM   NM      NM       | NM
channels.getDifference | WK     NM       | WK    WK    WK     NM   NM      NM       | ok    ok    ok     NM   NM      NM       | NM
`;

/** In groups and channels alike. `late`: a member who joined after the messages in question. Hiding last: it is for ever. */
const messageTable = `
                       | own another service deleted
messages.send   owner  | ok  ok      ok      ok
messages.send   admin  | ok  ok      ok      ok
messages.send   member | ok  ok      ok      ok
messages.send   late   | -   NF      NF      NF
messages.edit   owner  | ok  FB      NE      MD
messages.edit   admin  | ok  FB      NE      MD
messages.edit   member | ok  FB      NE      MD
messages.edit   late   | -   NF      NF      NF
messages.delete owner  | ok  ok      NE      ok
messages.delete admin  | ok  ok      NE      ok
messages.delete member | ok  FB      NE      ok
messages.delete late   | -   NF      NF      NF
messages.react  owner  | ok  ok      ok      MD
messages.react  admin  | ok  ok      ok      MD
messages.react  member | ok  ok      ok      MD
messages.react  late   | -   NF      NF      NF
messages.reactions owner  | ok  ok      ok      MD
messages.reactions admin  | ok  ok      ok      MD
messages.reactions member | ok  ok      ok      MD
messages.reactions late   | -   NF      NF      NF
messages.edits owner      | ok  ok      ok      MD
messages.edits admin      | ok  ok      ok      MD
messages.edits member     | ok  ok      ok      MD
messages.edits late       | -   NF      NF      NF
messages.deleteForMe owner  | ok  ok ok ok
messages.deleteForMe admin  | ok  ok ok ok
messages.deleteForMe member | ok  ok ok ok
messages.deleteForMe late   | -   NF NF NF
`;

/** In groups alone: channels do not have them. */
const groupMessageTable = `
                         | own another service deleted
messages.receipts owner  | ok  FB      FB      MD
messages.receipts admin  | ok  FB      FB      MD
messages.receipts member | ok  FB      FB      MD
messages.receipts late   | -   NF      NF      NF
`;

/** In groups and channels alike. `none`: somebody who is not in the chat. */
const personTable = `
                          | self owner admin member none
chats.removeMember owner  | ok   ok    ok    ok     ok
chats.removeMember admin  | ok   FB    FB    ok     ok
chats.removeMember member | ok   FB    FB    FB     FB
chats.setRole      owner  | -    FB    ok    ok     NF
chats.setRole      admin  | ok   FB    FB    FB     NF
chats.setRole      member | FB   FB    FB    FB     FB
chats.ban          owner  | FB   FB    ok    ok     ok
chats.ban          admin  | FB   FB    FB    ok     ok
chats.ban          member | FB   FB    FB    FB     FB
`;

/** Of those about no chat: whoever is signed in may, and only of those that sign in also others. */
export const withoutChat = [
  'session.open',
  'session.refresh',
  'session.ping',
  'updates.getState',
  'updates.getDifference',
  'updates.ack',
  'sync.snapshot',
  'chats.list',
  'devices.acceptQr',
  'devices.list',
  'devices.revoke',
  'chats.create',
  'calls.iceServers',
  'calls.request',
  'presence.watch',
  'presence.set',
  'users.get',
  'users.block',
  'users.unblock',
  'users.blocked',
  'users.update',
  'users.setPrivacy',
  'users.getPrivacy',
  'contacts.set',
  'contacts.list',
  'contacts.sync',
];

export interface ChatCell {
  readonly method: string;
  readonly kind: 'direct' | 'group' | 'channel' | 'none';
  readonly caller: Caller;
  readonly expected: Expected;
}

const chatColumns: readonly Pick<ChatCell, 'kind' | 'caller'>[] = [
  ...(['member', 'stranger'] as const).map((caller) => ({ kind: 'direct' as const, caller })),
  ...(['group', 'channel'] as const).flatMap((kind) =>
    (['owner', 'admin', 'member', 'left', 'removed', 'stranger'] as const).map((caller) => ({
      kind,
      caller,
    })),
  ),
  { kind: 'none', caller: 'owner' },
];

export const chatCells: readonly ChatCell[] = rowsOf(chatTable, 2).flatMap(({ head: [method], cells }) =>
  chatColumns.map((column, at) => ({ ...column, method: nameOf(method!), expected: expectedOf(cells[at]) })),
);

export interface MessageCell {
  readonly method: string;
  readonly caller: Caller;
  readonly of: MessageOf;
  readonly kinds: readonly ('group' | 'channel')[];
  readonly expected: Expected;
}

export const messageCells: readonly MessageCell[] = [
  ...messageCellsOf(messageTable, ['group', 'channel']),
  ...messageCellsOf(groupMessageTable, ['group']),
];

function messageCellsOf(table: string, kinds: MessageCell['kinds']): MessageCell[] {
  return rowsOf(table, 1).flatMap(({ head: [method, caller], cells }) =>
    (['own', 'another', 'service', 'deleted'] as const).flatMap((of, at) =>
      cells[at] === '-'
        ? []
        : [{ method: nameOf(method!), caller: caller as Caller, of, kinds, expected: expectedOf(cells[at]) }],
    ),
  );
}

export interface PersonCell {
  readonly method: string;
  readonly caller: Caller;
  readonly target: Target;
  readonly expected: Expected;
}

export const personCells: readonly PersonCell[] = rowsOf(personTable, 1).flatMap(
  ({ head: [method, caller], cells }) =>
    (['self', 'owner', 'admin', 'member', 'none'] as const).flatMap((target, at) =>
      cells[at] === '-'
        ? []
        : [{ method: method!, caller: caller as Caller, target, expected: expectedOf(cells[at]) }],
    ),
);

/** A cell of a table is a word. */
function nameOf(word: string): string {
  return word.replace(/ForMe$/, ' for me');
}

function rowsOf(table: string, headerLines: number): { head: string[]; cells: string[] }[] {
  const lines = table.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(headerLines).map((line) => {
    const [head, ...cells] = line.split('|').map((part) => part.trim().split(/\s+/));
    return { head: head!, cells: cells.flat() };
  });
}

function expectedOf(short: string | undefined): Expected {
  if (short === 'ok') return 'ok';
  if (short !== undefined && Object.hasOwn(errors, short)) return errors[short as keyof typeof errors];
  throw new Error(`no such expectation: ${short}`);
}
