/** The tables of docs/authorisation.md are made from the rules: `npm run generate:authorisation` after a change of them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { expect, it } from 'vitest';
import { refusalInChat, ruleOf, type ChatMethod } from '#domain/authority/authority.js';
import { rules, type ChatRule, type Rule } from '#domain/authority/rules.js';
import type { ChatKind, Role } from '#domain/chat/events.js';
import { methods, type Method } from '#protocol/methods.js';

const page = join(import.meta.dirname, '../../docs/authorisation.md');

it('docs/authorisation.md shows what the rules say', async () => {
  const text = readFileSync(page, 'utf8');
  const [before, , after] = text.split(/<!-- (?:made from the rules|end) -->\n/);
  const made = `${before}<!-- made from the rules -->\n\n${tables()}\n<!-- end -->\n${after}`;
  const formatted = await format(made, { ...(await resolveConfig(page)), filepath: page });
  await expect(formatted).toMatchFileSnapshot(page);
});

it('every method has a rule, and every rule a method', () => {
  const advice = (names: readonly string[]): string =>
    `${names.join(', ')}: add a line to libs/domain/authority/rules.ts (until then nobody may call it), ` +
    'what you expect of it to test/authorisation, and run npm run generate:authorisation';
  const unruled = Object.keys(methods).filter((method) => ruleOf(method) === undefined);
  expect(unruled, advice(unruled)).toEqual([]);
  // A rule may be of one way to call a method.
  const names = Object.keys(rules).map((rule) => rule.replace(/ for me$/, ''));
  const unknown = names.filter((method) => !Object.hasOwn(methods, method));
  expect(unknown, `${unknown.join(', ')}: a rule without a method`).toEqual([]);
});

it('what is decided by a chat is about that chat', () => {
  const ofChats = Object.entries<Method>(methods).filter(([, { aggregate }]) => aggregate === 'chat_id');
  const wrong = ofChats.filter(([method]) => ruleOf(method)?.about !== 'chat').map(([method]) => method);
  expect(wrong, `${wrong.join(', ')}: the rule of a command of a chat is about: 'chat'`).toEqual([]);
});

const ruled: [string, Rule][] = Object.entries(rules);
const ofChats = ruled.filter((one): one is [ChatMethod, ChatRule] => one[1].about === 'chat');

const tables = (): string =>
  [
    '### Without a chat',
    table(
      ['method', 'about', 'signed in', 'not signed in'],
      ruled.flatMap(([method, { about }]) => (about === 'chat' ? [] : [aboutRow(method, about)])),
    ),
    '### In a chat',
    table(
      ['method', ...columns.map(([title]) => title)],
      ofChats.map(([method]) => [`\`${method}\``, ...columns.map(([, ...as]) => inChat(method, ...as))]),
    ),
    '### Of a message in it',
    table(
      ['method', 'own', 'of another', 'of the server', 'deleted', 'from before the caller joined'],
      ofChats.flatMap(([method, { messages }]) => (messages ? [messageRow(method, messages)] : [])),
    ),
    '### Of a person in it',
    table(
      ['method', 'oneself', 'an owner', 'an admin', 'a member', 'who is not in it'],
      ofChats.flatMap(([method, { person }]) => (person ? [personRow(method, person)] : [])),
    ),
  ].join('\n\n');

const columns: readonly (readonly [title: string, kind: ChatKind, role: Role | null])[] = [
  ['member of a direct chat', 'direct', 'member'],
  ['owner of a group', 'group', 'owner'],
  ['admin', 'group', 'admin'],
  ['member', 'group', 'member'],
  ['owner of a channel', 'channel', 'owner'],
  ['admin', 'channel', 'admin'],
  ['member', 'channel', 'member'],
  ['left, removed, stranger, no such chat', 'group', null],
];

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function aboutRow(method: string, about: Exclude<Rule['about'], 'chat'>): string[] {
  const told = { signing_in: 'signing in', self: 'the caller’s own', people: 'people who are named' };
  return [`\`${method}\``, told[about], 'yes', about === 'signing_in' ? 'yes' : 'no'];
}

/** As every chat is at first. */
function inChat(method: ChatMethod, kind: ChatKind, role: Role | null): string {
  const told = refusalInChat(method, { kind }, role && { role })?.code ?? 'yes';
  const { may } = ofChats.find(([name]) => name === method)![1];
  const isChangeable = typeof may === 'string' && kind !== 'direct' && role !== null && role !== 'owner';
  return isChangeable ? `${told} (\`${may}\`)` : told;
}

function messageRow(method: string, messages: NonNullable<ChatRule['messages']>): string[] {
  const { own, others, service, deleted, unseen } = messages;
  const left = unseen === 'left_out' ? 'left out' : unseen;
  return [`\`${method}\``, by(own), by(others), service ?? by(others), deleted ?? 'yes', left];
}

const personRow = (method: string, person: NonNullable<ChatRule['person']>): string[] => [
  `\`${method}\``,
  ...(['self', 'owner', 'admin', 'member'] as const).map((target) => by(person[target])),
  person.none === 'NOT_FOUND' ? person.none : by(person.none),
];

function by(roles: readonly Role[] | undefined): string {
  if (roles === undefined || roles.length === 3) return 'yes';
  return roles.length === 0 ? 'FORBIDDEN' : `${roles.join(', ')}; others FORBIDDEN`;
}
