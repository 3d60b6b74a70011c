import { refusalOfPerson } from '../authority/authority.js';
import { assert } from '../kernel/assert.js';
import { accept, reject, repeat } from '../kernel/decider.js';
import type { ChatAnswer, SetRole } from './commands.js';
import type { Member, Role } from './events.js';
import { serviceMessages } from './service-message.js';
import type { ActiveChat } from './state.js';
import { chatDate, type ChatVerdict } from './verdict.js';

/**
 * The owner gives roles; an admin may lay down their own. A chat has one owner as long as it has members: an owner does not step
 * back, but names the next one, and is an admin from there on, in the same decision.
 */
export function setRole(chat: ActiveChat, me: Member, command: SetRole): ChatVerdict {
  const { user_id, role } = command;
  const target = chat.members.get(user_id);
  const refusal = refusalOfPerson('chats.setRole', me, target);
  if (refusal !== null) return reject(refusal.code, refusal.code === 'NOT_FOUND' ? { user_id } : undefined);
  assert(target, 'who is no member is refused');
  const answer: ChatAnswer = { kind: 'chat', chat_id: chat.chat_id };
  if (target.role === role) return repeat(answer);
  const isOwn = user_id === me.user_id;
  if (isOwn && (me.role === 'owner' || role === 'owner')) return reject('FORBIDDEN', { role });
  const changes: Change[] = [{ user_id, role }];
  if (role === 'owner') changes.push({ user_id: me.user_id, role: 'admin' });
  return accept([...changes.map((change) => changed(chat, change)), ...told(chat, command, changes)], answer);
}

interface Change {
  readonly user_id: string;
  readonly role: Role;
}

const changed = ({ member_count }: ActiveChat, change: Change) => ({
  type: 'RoleChanged' as const,
  data: { ...change, member_count },
});

const told = (chat: ActiveChat, command: SetRole, changes: readonly Change[]) =>
  serviceMessages(
    command,
    chat.last_seq,
    chatDate(chat, command.at_ms),
    changes.map(({ user_id, role }) => ({ kind: 'role', user_ids: [user_id], role })),
  );
