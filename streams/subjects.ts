/**
 * The only place that builds or parses subjects. Ids are checked to be UUIDs or hex hashes before they get here; this
 * asserts it, because a `*`, `>` or dot in a subject would address what is not the caller's.
 */
import { assert } from '#domain/kernel/assert.js';
import { isUuid } from '#domain/kernel/ids.js';

export type Family = 'CHAT' | 'RECEIPT' | 'ACCOUNT' | 'USER';
export const families: readonly Family[] = ['CHAT', 'RECEIPT', 'ACCOUNT', 'USER'];

/** The first token of the subjects that each family holds. */
export const subjectRoots = {
  CHAT: ['chat'],
  RECEIPT: ['receipt'],
  ACCOUNT: ['account', 'contacts', 'phone'],
  USER: ['user'],
} as const satisfies Record<Family, readonly string[]>;

/** Tokens are 0..255, fixed for ever: streams hold ranges of them, and the ranges may be moved, the tokens never. */
export const tokens_count = 256;

/** FNV-1a (32 bit) over the id's UTF-16 code units, its four bytes folded into one. Frozen. */
export function tokenOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < id.length; index++) {
    hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193);
  }
  return (hash ^ (hash >>> 8) ^ (hash >>> 16) ^ (hash >>> 24)) & 0xff;
}

/** The token as it stands in subjects: two hex digits. */
export const tokenText = (token: number): string => token.toString(16).padStart(2, '0');

/** The stream of a family that holds an id, when the family has `streamsPerFamily` (a power of two) streams. */
export function streamOf(family: Family, id: string, streamsPerFamily: number): string {
  return `${family}_${Math.floor((tokenOf(id) * streamsPerFamily) / tokens_count)}`;
}

export const chatSubject = (chatId: string): string => subject('chat', checkedUuid(chatId));
export const receiptSubject = (userId: string): string => subject('receipt', checkedUuid(userId));
export const accountSubject = (userId: string): string => subject('account', checkedUuid(userId));
export const contactsSubject = (userId: string): string => subject('contacts', checkedUuid(userId));
/** A filter: everything that a user has decided, of whatever kind. */
export const ofAccountSubjects = (userId: string): string => subject('*', checkedUuid(userId));
export const userSubject = (userId: string): string => subject('user', checkedUuid(userId));

/** `phoneHash`: the keyed hash of the E.164 number, 64 hex digits. */
export function phoneSubject(phoneHash: string): string {
  assert(/^[0-9a-f]{64}$/.test(phoneHash), 'a phone subject takes a keyed hash of 64 hex digits');
  return subject('phone', phoneHash);
}

/** Where the writer of a USER stream saves its positions: in that very stream, under the same fence as the entries. */
export const timelineSubject = (userStream: string): string => `timeline.${userStream}`;

/** Live announcements of a user's new entries: plain NATS, at most once. */
export const liveUserSubject = (userId: string): string => `live.user.${checkedUuid(userId)}`;

export const liveUserSubjects = 'live.user.*';

/** Live announcements of what happened in a channel: plain NATS, at most once. */
export const liveChatSubject = (chatId: string): string => `live.chat.${checkedUuid(chatId)}`;

export const liveChatSubjects = 'live.chat.*';

/** What is true for a moment (who is typing, what the other end of a call says), told to each user who is to see it: plain NATS, at most once. */
export const ephemeralUserSubject = (userId: string): string => `ephemeral.user.${checkedUuid(userId)}`;

export const ephemeralUserSubjects = 'ephemeral.user.*';

/** Where a user is connected, and when they were seen last: one document each. */
export const presence_stream = 'KV_PRESENCE';
export const presenceSubject = (userId: string): string => `$KV.PRESENCE.${checkedUuid(userId)}`;

export const presenceSubjects = '$KV.PRESENCE.*';

/** The store tells each such document, once it is stored, to who watches the user: plain NATS, at most once. */
export const toldPresenceSubject = (userId: string): string => `presence.user.${checkedUuid(userId)}`;

export const toldPresenceSubjects = 'presence.user.*';

/** When each gateway, by the id of its start, was last there. */
export const gateways_stream = 'KV_GATEWAYS';
export const gatewaySubject = (gatewayId: string): string => `$KV.GATEWAYS.${checkedUuid(gatewayId)}`;

export const gatewaySubjects = '$KV.GATEWAYS.*';

export const gatewayOfSubject = (subjectText: string): string => subjectText.split('.')[2] ?? '';

/** Command handlers tell, after it was stored, that who may see a user has changed: plain NATS, at most once. */
export const sightChangedSubject = (userId: string): string => `presence.sight.${checkedUuid(userId)}`;

export const sightsChanged = 'presence.sight.*';

/** Commands are served by range, a sixteenth of the tokens; one handler at a time serves a range. */
export const command_ranges_count = 16;
export type CommandTarget = 'chat' | 'account';
export const commandRangeOf = (id: string): number =>
  Math.floor((tokenOf(id) * command_ranges_count) / tokens_count);
export const commandSubject = (target: CommandTarget, range: number): string => `command.${target}.${range}`;

export const commandSubjects = 'command.*.*';

/**
 * A handler tells on plain NATS that requests of a range may have been left without an answer: it has taken the range from
 * one that did not give it back, or its own connection was away.
 */
export const rangeTakenSubject = (target: CommandTarget, range: number): string =>
  `range.taken.${target}.${range}`;

export const rangesTaken = 'range.taken.*.*';

/** The subject of the commands of the range that was taken. */
export const commandSubjectOfTaken = (takenSubject: string): string =>
  takenSubject.replace(/^range\.taken\./, 'command.');

/** Where a member of a group of lease holders answers that it is there: plain NATS. */
export const leaseAliveSubject = (group: string, member: string): string => `lease.alive.${group}.${member}`;

/** `method` as in the wire protocol; dots become dashes so that a method is one token. */
/** Told to projectors: a reader waits for what stands in this stream. */
export const awaitedSubject = (stream: string): string => `awaited.${stream}`;
/** Every stream's. */
export const awaitedSubjects = 'awaited.*';
export const awaitedOfSubject = (subjectText: string): string => subjectText.split('.')[1] ?? '';

export const querySubject = (method: string): string => `query.${method.replaceAll('.', '-')}`;

export const querySubjects = 'query.*';

/** Where an operator's action is kept; `operation`: words of letters, digits and dashes, as it is typed. */
export function adminSubject(operation: string): string {
  assert(/^[a-z0-9-]+( [a-z0-9-]+)*$/.test(operation), 'an operation is named by words');
  return `admin.${operation.replaceAll(' ', '.')}`;
}

export const adminSubjects = 'admin.>';

/** Events of one chat whose numbers share a block stand on one subject, so that there are few of them, and one is soon read. */
export const erased_block_events = 1_024;

/** Where what outlives an erased decision of a chat is kept; `chatPts`: of its first event. */
export const erasedSubject = (chatId: string, chatPts: number): string =>
  `${subject('erased', checkedUuid(chatId))}.${Math.floor(chatPts / erased_block_events)}`;

export const erasedSubjects = 'erased.*.*.*';
export const erased_stream = 'ERASED';

/** Where a refused command is kept; `target`: the chat's id, or the user's own for commands of the account. */
export const refusedSubject = (target: string, userId: string): string =>
  `refused.${checkedUuid(target)}.${checkedUuid(userId)}`;
export const refusedOfChat = (chatId: string): string => `refused.${checkedUuid(chatId)}.*`;
export const refusedOfUser = (userId: string): string => `refused.*.${checkedUuid(userId)}`;

export const refusedSubjects = 'refused.*.*';
export const refused_stream = 'REFUSED';

/** Gateways tell the API that a pair of tokens was used. */
export const pairUsedSubject = 'auth.pair-used';

/** The edge asks the API when a user's devices were last active. */
export const deviceActivitySubject = 'auth.device-activity';

/** Command handlers tell, after it was stored, that devices were signed out. */
export const devicesRevokedSubject = 'devices.revoked';

/** Where a ticket is marked as used; `hash`: 64 hex digits. */
export function usedTicketSubject(hash: string): string {
  assert(/^[0-9a-f]{64}$/.test(hash), 'a ticket is named by a hash of 64 hex digits');
  return `$KV.TICKETS.${hash}`;
}

export const usedTicketSubjects = '$KV.TICKETS.*';

/** The public halves of the keys that sign access tokens: one document. */
export const access_keys_stream = 'KV_ACCESS_KEYS';
export const accessKeysSubject = '$KV.ACCESS_KEYS.ring';

/** The private half of one, sealed; `kid`: a thumbprint, 43 characters of base64url. */
export const signing_keys_stream = 'KV_SIGNING_KEYS';
export function signingKeySubject(kid: string): string {
  assert(/^[A-Za-z0-9_-]{43}$/.test(kid), 'a key is named by the thumbprint of its public half');
  return `$KV.SIGNING_KEYS.${kid}`;
}
export const signingKeySubjects = '$KV.SIGNING_KEYS.*';

/** Told on plain NATS after the document has changed. */
export const keysChangedSubject = 'auth.keys-changed';

/** Where the counters of limits stand that all servers share; `hash`: 64 hex digits. */
export function rateSubject(hash: string): string {
  assert(/^[0-9a-f]{64}$/.test(hash), 'a counter is named by a hash of 64 hex digits');
  return `$KV.RATES.${hash}`;
}

export const rateSubjects = '$KV.RATES.*';
export const rates_stream = 'KV_RATES';

/** A job that is to be done now, one that waits for its time, and one that was given up: of one kind and key at most one each. */
export const workSubject = (kind: string, key: string): string => jobSubject('work', kind, key);
export const laterSubject = (kind: string, key: string): string => jobSubject('later', kind, key);
export const deadSubject = (kind: string, key: string): string => jobSubject('dead', kind, key);

export const workSubjects = (kind: string): string => `work.${checkedName(kind)}.*`;
export const deadSubjects = (kind?: string): string =>
  `dead.${kind === undefined ? '*' : checkedName(kind)}.*`;

/** `user.3f.<id>` → `<id>`. */
export function idOfSubject(subjectText: string): string {
  const id = subjectText.split('.')[2];
  assert(id !== undefined, `not an aggregate's subject: ${subjectText}`);
  return id;
}

/** The stream that holds an aggregate's subject. */
export function streamOfSubject(subjectText: string, streamsPerFamily: number): string {
  const [root] = subjectText.split('.');
  const family = families.find((one) =>
    (subjectRoots[one] as readonly string[]).some((held) => held === root),
  );
  assert(family !== undefined, `no family holds the subject ${subjectText}`);
  return streamOf(family, idOfSubject(subjectText), streamsPerFamily);
}

const subject = (root: string, id: string): string => `${root}.${tokenText(tokenOf(id))}.${id}`;

function checkedUuid(id: string): string {
  assert(isUuid(id), 'a subject takes a UUID in lower-case text');
  return id;
}

const jobSubject = (root: string, kind: string, key: string): string =>
  `${root}.${checkedName(kind)}.${checkedName(key)}`;

/** Kinds and keys of jobs. */
export const isJobName = (text: string): boolean => /^[A-Za-z0-9_-]{1,128}$/.test(text);

function checkedName(text: string): string {
  assert(isJobName(text), 'kinds and keys of jobs are up to 128 letters, digits, dashes and underscores');
  return text;
}
