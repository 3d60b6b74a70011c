import { Misuse } from '../misuse.js';
import { printable } from '../printable.js';
import { openChatOf, required, usersOf, type Commands, type Desk } from './command.js';

const members_page = 100;
/** A group has 10,000 members at most. */
const members_pages_max = 100;

interface NamedMember {
  readonly user_id: string;
  readonly role: string;
  readonly name: string;
}

/** Groups and who is in them. What changes them asks the server at once. */
export const groupCommands: Commands = {
  '/group': { usage: '/group TITLE PHONE...', does: 'begin a group', run: beginGroup },
  '/add': {
    usage: '/add PHONE...',
    does: 'add people to the open group',
    run: async (desk, rest) => {
      const chat_id = openGroup(desk);
      const user_ids = await usersOf(desk, required(rest, 'a phone number').split(/\s+/));
      await desk.terminal.client.call('chats.addMembers', { chat_id, user_ids });
    },
  },
  '/remove': {
    usage: '/remove NAME|PHONE',
    does: 'remove somebody from the open group',
    run: async (desk, rest) => {
      const chat_id = openGroup(desk);
      const user_id = await memberOf(desk, chat_id, required(rest, 'a name'));
      await desk.terminal.client.call('chats.removeMember', { chat_id, user_id });
    },
  },
  '/rename': {
    usage: '/rename TITLE',
    does: 'give the open group another name',
    run: async (desk, rest) => {
      const title = required(rest.trim(), 'a title');
      await desk.terminal.client.updateChat(openGroup(desk), { title });
    },
  },
  '/about': {
    usage: '/about [TEXT]',
    does: 'say what the open group is about; without a text, nothing',
    run: async (desk, rest) => {
      const description = rest.trim() === '' ? null : rest.trim();
      await desk.terminal.client.updateChat(openGroup(desk), { description });
    },
  },
  '/members': { usage: '/members', does: 'who is in the open chat', run: showMembers },
  '/leave': {
    usage: '/leave',
    does: 'leave the open group',
    run: async (desk) => {
      await desk.terminal.client.leave(openGroup(desk));
      desk.terminal.leaveOpenChat();
    },
  },
};

async function beginGroup(desk: Desk, rest: string): Promise<void> {
  const [, title = '', phones = ''] = /^(.*?)((?:\s+\+\d+)*)$/s.exec(rest)!;
  const name = required(title.replaceAll('"', '').trim(), 'a title');
  const numbers = phones.split(/\s+/).filter((phone) => phone !== '');
  const found = numbers.length === 0 ? [] : await usersOf(desk, numbers);
  desk.terminal.needServer();
  const { client } = desk.terminal;
  const members = found.filter((userId) => userId !== client.userId);
  await desk.terminal.begin(() => client.createGroup(name, members));
}

function openGroup(desk: Desk): string {
  const { chatId } = openChatOf(desk);
  if (desk.terminal.client.chat(chatId)?.kind !== 'direct') return chatId;
  throw new Misuse('This is a chat of two; /group TITLE PHONE... begins a group.');
}

async function showMembers(desk: Desk): Promise<void> {
  const members = await membersOf(desk, openChatOf(desk).chatId);
  desk.terminal.say(...members.map(({ name, role }) => `  ${name}${role === 'member' ? '' : ` (${role})`}`));
}

async function memberOf(desk: Desk, chatId: string, who: string): Promise<string> {
  if (who.startsWith('+')) return (await usersOf(desk, [who]))[0]!;
  const wanted = who.toLowerCase();
  const found = (await membersOf(desk, chatId)).filter(({ name }) => name.toLowerCase() === wanted);
  if (found.length === 1) return found[0]!.user_id;
  throw new Misuse(
    found.length === 0
      ? `Nobody here is called ${printable(who)}; /members tells who is.`
      : `More than one is called ${printable(who)}: /remove PHONE.`,
  );
}

async function membersOf({ terminal }: Desk, chat_id: string): Promise<NamedMember[]> {
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
