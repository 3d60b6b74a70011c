/**
 * What of each stored event an audit tells. Whatever is named here stays with the auditor, in files that no erasure reaches: ids,
 * numbers, times, roles, and the commitment to a text. `words` are what people wrote, or chose to be called: that they stand there is
 * told, and not what they are. A field that is in neither list is not told at all.
 */
import type { AnyEvent } from '#domain/catalogue.js';

export interface ShownFields {
  /** Paths with dots; through a list, of each of its items. */
  readonly told: readonly string[];
  readonly words: readonly string[];
}

const summary = ['kind', 'created_at_ms', 'last_seq', 'member_count', 'permissions', 'history'].map(
  (field) => `chat.${field}`,
);
const member = ['user_id', 'role', 'joined_at_ms', 'visible_from_seq', 'joined_seq'];
const title = ['chat.title', 'chat.description', 'chat.photo_media_id'];
const service = ['kind', 'user_ids', 'role'].map((field) => `body.content.event.${field}`);
const told = (...fields: readonly string[]): ShownFields => ({ told: fields, words: [] });

const call =
  'call_id kind state caller_id caller_device_id callee_id callee_device_id requested_at_ms accepted_at_ms expires_at_ms discarded_at_ms reason discarded_by'.split(
    ' ',
  );

/** An event that is missing here does not compile. */
export const shownFields: Readonly<Record<AnyEvent['type'], ShownFields>> = {
  ChatCreated: {
    told: ['chat_id', 'creator_id', ...summary, ...member.map((field) => `members.${field}`)],
    words: title,
  },
  ChatChanged: { told: ['permissions', 'history'], words: ['title', 'description', 'photo_media_id'] },
  MembersAdded: { told: [...summary, ...member.map((field) => `added.${field}`)], words: title },
  MemberRemoved: told('user_id', 'reason', 'member_count'),
  RoleChanged: told('user_id', 'role', 'member_count'),
  MemberBanned: told('user_id', 'by', 'member_count'),
  MemberUnbanned: told('user_id', 'member_count'),
  BecameChannel: told('member_count'),
  DirectBlocked: told('by', 'blocked', 'change'),
  CallChanged: told(...call),
  MessageSent: { told: ['message', 'silent', 'body.commitment', ...service], words: [] },
  MessageEdited: told('message', 'edited_at_ms', 'body.commitment'),
  Tombstoned: told('message', 'sent_chat_pts', 'deleted_by', 'deleted_at_ms', 'expired'),
  ReactionSet: { told: ['seq', 'user_id'], words: ['emoji'] },
  UserRegistered: { told: ['user_id'], words: ['display_name'] },
  DeviceAdded: {
    told: ['user_id', 'device.device_id', 'device.type', 'device.added_at_ms'],
    words: ['device.name'],
  },
  DeviceRevoked: told('user_id', 'device_id', 'reason'),
  SignInFailed: told('user_id', 'cause', 'network_hash'),
  UserBlocked: told('user_id', 'other_id', 'change'),
  UserUnblocked: told('user_id', 'other_id', 'change'),
  ChatSettingsChanged: told('user_id', 'after', 'settings', 'forgotten'),
  ProfileChanged: { told: ['user_id'], words: ['display_name', 'about'] },
  PrivacyChanged: told('user_id', 'privacy'),
  MessagesHidden: told('user_id', 'chat_id', 'seqs', 'after'),
  ContactSet: { told: ['user_id', 'other_id'], words: ['nickname'] },
  PhoneClaimed: told('user_id'),
  ReadCursorMoved: told('user_id', 'cursors'),
  DeliveredCursorMoved: told('user_id', 'cursors'),
  DeviceCursorMoved: told('user_id', 'device_id', 'pts'),
};

export const withheld = '(withheld)';

/** Of an event as it is stored, in whatever version. `null` is no word: a title that is none, a reaction taken back. */
export function shownOf(type: AnyEvent['type'], data: unknown): Readonly<Record<string, unknown>> {
  const { told: paths, words } = shownFields[type];
  const kept = paths.map((path) => pathOf(path, (value) => value));
  const hidden = words.map((path) => pathOf(path, (value) => (value === null ? null : withheld)));
  return (picked(data, [...kept, ...hidden]) ?? {}) as Record<string, unknown>;
}

interface Path {
  readonly steps: readonly string[];
  readonly shown: (value: unknown) => unknown;
}

const pathOf = (path: string, shown: Path['shown']): Path => ({ steps: path.split('.'), shown });

function picked(value: unknown, paths: readonly Path[]): unknown {
  const ends = paths.find(({ steps }) => steps.length === 0);
  if (ends !== undefined) return ends.shown(value);
  if (Array.isArray(value)) return value.map((item) => picked(item, paths));
  if (typeof value !== 'object' || value === null) return undefined;
  const record = value as Readonly<Record<string, unknown>>;
  const names = new Set(paths.map(({ steps }) => steps[0]!));
  const pairs = [...names].flatMap((name): [string, unknown][] => {
    if (record[name] === undefined) return [];
    const below = paths
      .filter(({ steps }) => steps[0] === name)
      .map(({ steps, shown }) => ({ steps: steps.slice(1), shown }));
    const shown = picked(record[name], below);
    return shown === undefined ? [] : [[name, shown]];
  });
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
}
