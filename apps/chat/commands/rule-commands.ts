import type { ChatPermissions, Role } from '#domain/chat/events.js';
import { Misuse } from '../misuse.js';
import { required, usersOf, type Commands, type Desk } from './command.js';
import { memberOf, openGroup } from './group-members.js';

const roles: readonly string[] = ['owner', 'admin', 'member'] satisfies Role[];
const permissions: Readonly<Record<string, keyof ChatPermissions>> = {
  write: 'send',
  add: 'add_members',
  change: 'change_info',
};
const banned_page = 100;

/** What a group is called, and who may what in it. */
export const ruleCommands: Commands = {
  '/rename': {
    usage: '/rename TITLE',
    does: 'give the open group another name',
    run: (desk, rest) => change(desk, { title: required(rest, 'a title') }),
  },
  '/describe': {
    usage: '/describe [TEXT]',
    does: 'say what the open group is about; without a text, nothing',
    run: (desk, rest) => change(desk, { description: rest === '' ? null : rest }),
  },
  '/allow': {
    usage: '/allow write|add|change ROLE',
    does: 'from which role up one may do that in the open group',
    run: allow,
  },
  '/history': {
    usage: '/history all|joined',
    does: 'what those who join see of before',
    run: (desk, rest) => change(desk, { history: oneOf(rest, ['all', 'joined']) as 'all' | 'joined' }),
  },
  '/role': {
    usage: '/role NAME|PHONE ROLE',
    does: 'make somebody owner, admin or member',
    run: setRole,
  },
  '/ban': {
    usage: '/ban NAME|PHONE',
    does: 'remove somebody and keep them out',
    run: async (desk, rest) => {
      const chatId = groupNow(desk);
      await desk.terminal.client.ban(chatId, await memberOf(desk, chatId, required(rest, 'a name')));
    },
  },
  '/unban': {
    usage: '/unban PHONE',
    does: 'let somebody be added again',
    run: async (desk, rest) => {
      const chatId = groupNow(desk);
      const [userId] = await usersOf(desk, [required(rest, 'a phone number')]);
      await desk.terminal.client.unban(chatId, userId!);
    },
  },
  '/banned': { usage: '/banned', does: 'who is kept out of the open group', run: showBanned },
};

function groupNow(desk: Desk): string {
  const chatId = openGroup(desk);
  desk.terminal.needServer();
  return chatId;
}

const change = (desk: Desk, changed: Parameters<Desk['terminal']['client']['updateChat']>[1]) =>
  desk.terminal.client.updateChat(groupNow(desk), changed);

async function allow(desk: Desk, rest: string): Promise<void> {
  const [what = '', role = ''] = rest.split(/\s+/);
  const permission = permissions[oneOf(what, Object.keys(permissions))]!;
  await change(desk, { permissions: { [permission]: oneOf(role, roles) as Role } });
}

async function setRole(desk: Desk, rest: string): Promise<void> {
  const [, who = '', role = ''] = /^(.*?)\s*(\S*)$/s.exec(rest)!;
  const chatId = groupNow(desk);
  const wanted = oneOf(role, roles) as Role;
  const userId = await memberOf(desk, chatId, required(who, 'a name'));
  await desk.terminal.client.setRole(chatId, userId, wanted);
}

async function showBanned(desk: Desk): Promise<void> {
  const chat_id = groupNow(desk);
  const { terminal } = desk;
  const { banned, next_cursor } = await terminal.client.call('chats.banned', { chat_id, limit: banned_page });
  const names = await Promise.all(banned.map(({ user_id }) => terminal.names.ofUser(user_id)));
  terminal.say(...(names.length === 0 ? ['  nobody'] : names.map((name) => `  ${name}`)));
  if (next_cursor !== undefined) terminal.say('  and more');
}

function oneOf(word: string, words: readonly string[]): string {
  if (words.includes(word)) return word;
  throw new Misuse(`One of: ${words.join(', ')}.`);
}
