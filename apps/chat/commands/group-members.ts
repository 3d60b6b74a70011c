import { Misuse } from '../misuse.js';
import { printable } from '../printable.js';
import { openChatOf, usersOf, type Desk } from './command.js';

const members_page = 100;
/** A group has 10,000 members at most. */
const members_pages_max = 100;

interface NamedMember {
  readonly user_id: string;
  readonly role: string;
  readonly name: string;
}

/** The open chat, which must not be one of two. */
export function openGroup(desk: Desk): string {
  const { chatId } = openChatOf(desk);
  if (desk.terminal.client.chat(chatId)?.kind !== 'direct') return chatId;
  throw new Misuse('This is a chat of two; /group TITLE PHONE... begins a group.');
}

/** By name or phone number. */
export async function memberOf(desk: Desk, chatId: string, who: string): Promise<string> {
  if (who.startsWith('+')) return (await usersOf(desk, [who]))[0]!;
  const wanted = who.toLowerCase();
  const found = (await membersOf(desk, chatId)).filter(({ name }) => name.toLowerCase() === wanted);
  if (found.length === 1) return found[0]!.user_id;
  throw new Misuse(
    found.length === 0
      ? `Nobody here is called ${printable(who)}; /members tells who is.`
      : `More than one is called ${printable(who)}: say the phone number.`,
  );
}

export async function membersOf({ terminal }: Desk, chat_id: string): Promise<NamedMember[]> {
  terminal.needServer();
  const members: NamedMember[] = [];
  let page: { readonly next_cursor?: string } = {};
  for (let pages = 0; pages < members_pages_max; pages++) {
    const cursor = page.next_cursor === undefined ? {} : { cursor: page.next_cursor };
    const answer = await terminal.client.call('chats.members', { chat_id, limit: members_page, ...cursor });
    for (const { user_id, role } of answer.members)
      members.push({ user_id, role, name: await terminal.names.ofUser(user_id) });
    page = answer;
    if (page.next_cursor === undefined) break;
  }
  return members;
}
