import { Misuse } from '../misuse.js';
import { openChatOf, required, usersOf, type Commands, type Desk } from './command.js';

const history_max = 100;

/** Finding one's way: the list, opening, older pages, beginning chats. */
export const chatCommands: Commands = {
  '/chats': {
    usage: '/chats',
    does: 'your chats, the latest first',
    run: ({ terminal }) => terminal.listChats(),
  },
  '/open': {
    usage: '/open N|NAME',
    does: 'open chat N of that list (also /N), or the one called so',
    run: async ({ terminal }, rest) =>
      terminal.open((await terminal.chatOf(required(rest, 'a number or a name'))).chat_id),
  },
  '/with': {
    usage: '/with PHONE',
    does: 'open the direct chat with this person, or begin it',
    run: openWith,
  },
  '/more': { usage: '/more [COUNT]', does: 'older messages', run: showMore },
  '/read': {
    usage: '/read [N|NAME]',
    does: 'mark a chat, or the open one, as read',
    run: async (desk, rest) => {
      const { terminal } = desk;
      const chatId = rest === '' ? openChatOf(desk).chatId : (await terminal.chatOf(rest)).chat_id;
      await terminal.client.markRead(chatId);
    },
  },
};

export async function openWith(desk: Desk, phone: string): Promise<void> {
  const [userId] = await usersOf(desk, [required(phone, 'a phone number')]);
  if (userId === desk.terminal.client.userId) throw new Misuse('That is your own number.');
  await desk.terminal.begin(() => desk.terminal.client.createDirect(userId!));
}

function showMore(desk: Desk, rest: string): Promise<void> {
  const open = openChatOf(desk);
  if (rest === '') return desk.terminal.more(open);
  const count = Number(rest);
  if (!(Number.isInteger(count) && count >= 1 && count <= history_max))
    throw new Misuse(`/more takes a count from 1 to ${history_max}.`);
  return desk.terminal.more(open, count);
}
