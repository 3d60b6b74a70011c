import { isAtLeast, permissionsOf } from '../authority/authority.js';
import { accept, reject, repeat } from '../kernel/decider.js';
import type { ChatAnswer, UpdateChat } from './commands.js';
import type { ChatInfo, ChatPermissions, Member, ServiceContent } from './events.js';
import { serviceMessages } from './service-message.js';
import type { ActiveChat } from './state.js';
import { chatDate, type ChatVerdict } from './verdict.js';

/** The event holds what is different from before, and nothing else: two who change different fields at once lose neither. */
export function updateChat(chat: ActiveChat, me: Member, command: UpdateChat): ChatVerdict {
  const changed = differing(infoOf(chat), command);
  const refused = refusedField(permissionsOf(chat), me, changed);
  if (refused !== null) return reject('FORBIDDEN', { field: refused });
  const answer: ChatAnswer = { kind: 'chat', chat_id: chat.chat_id };
  if (Object.keys(changed).length === 0) return repeat(answer);
  const tales = talesOf(changed);
  const messages = serviceMessages(command, chat.last_seq, chatDate(chat, command.at_ms), tales);
  return accept([{ type: 'ChatChanged', data: changed }, ...messages], answer);
}

function infoOf(chat: ActiveChat): ChatInfo {
  const { title, description, photo_media_id, history = 'joined' } = chat;
  return { title, description, photo_media_id, permissions: permissionsOf(chat), history };
}

function differing(info: ChatInfo, { change }: UpdateChat): Partial<ChatInfo> {
  const asked = permissionNames.map((name) => [name, change.permissions?.[name] ?? info.permissions[name]]);
  const wanted: Partial<ChatInfo> & Pick<ChatInfo, 'permissions'> = {
    ...change,
    permissions: Object.fromEntries(asked) as unknown as ChatPermissions,
  };
  const isNew = (field: keyof ChatInfo): boolean =>
    field === 'permissions'
      ? permissionNames.some((name) => wanted.permissions[name] !== info.permissions[name])
      : wanted[field] !== undefined && wanted[field] !== info[field];
  const fields = (Object.keys(info) as (keyof ChatInfo)[]).filter(isNew);
  return Object.fromEntries(fields.map((field) => [field, wanted[field]]));
}

const permissionNames = ['send', 'add_members', 'change_info'] as const satisfies (keyof ChatPermissions)[];

/** Rules for others are for those who have a rank, and nobody makes or lifts what only a higher one may do. */
function refusedField(before: ChatPermissions, me: Member, { permissions, history }: Partial<ChatInfo>) {
  if (history !== undefined && !isAtLeast(me.role, 'admin')) return 'history';
  if (permissions === undefined) return null;
  if (!isAtLeast(me.role, 'admin')) return 'permissions';
  const isAbove = (name: keyof ChatPermissions): boolean =>
    permissions[name] !== before[name] &&
    !(isAtLeast(me.role, permissions[name]) && isAtLeast(me.role, before[name]));
  const above = permissionNames.find(isAbove);
  return above === undefined ? null : `permissions.${above}`;
}

/** What is not about the title or the photo changes without a word in the chat. */
function talesOf({ title, photo_media_id }: Partial<ChatInfo>): ServiceContent['event'][] {
  const renamed = title === undefined || title === null ? [] : [{ kind: 'renamed' as const, title }];
  return [...renamed, ...(photo_media_id === undefined ? [] : [{ kind: 'photo' as const }])];
}
