import { openChatOf, required, usersOf, type Commands, type Desk } from './command.js';
import { memberOf, membersOf, openGroup } from './group-members.js';

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

async function showMembers(desk: Desk): Promise<void> {
  const members = await membersOf(desk, openChatOf(desk).chatId);
  desk.terminal.say(...members.map(({ name, role }) => `  ${name}${role === 'member' ? '' : ` (${role})`}`));
}
