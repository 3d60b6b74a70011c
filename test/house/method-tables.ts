/** The tables of docs/methods.md and docs/conformance.md, from what requests, rules and the conformance suite say. */
import { refusalInChat, ruleOf, type ChatMethod } from '#domain/authority/authority.js';
import type { PersonRule, Rule } from '#domain/authority/rules.js';
import type { ChatKind, Role } from '#domain/chat/events.js';
import { methods, type Method } from '#protocol/methods.js';
import { sections, type Check } from '../conformance/check.js';
import type { MethodEntry } from '../conformance/method-check.js';
import { notifications } from '../conformance/notifications.js';
import { updateEntries } from '../conformance/updates.js';
import { updateShapes } from '../conformance/update-shapes.js';
import { shapeOf, type FieldShape } from '../fuzz/generate/params.js';
import { row, table } from './made-page.js';

const code = (text: string): string => `\`${text}\``;
const linkTo = (spec: string): string => `[${spec.split('/').at(-1)}](../${spec})`;

export function methodTable(entries: Readonly<Record<string, MethodEntry>>): string {
  const rows = Object.entries<Method>(methods).map(([method, { params }]) => {
    const entry = entries[method]!;
    const fields = [...shapeOf(params)].map(([name, shape]) => fieldCell(name, shape));
    const errors = [
      ...new Set([...codesByRule(method), ...Object.keys(entry.errors ?? {}), ...(entry.alsoAnswers ?? [])]),
    ];
    return row(
      code(method),
      fields.join('<br>') || 'none',
      code(entry.result.words),
      errors.toSorted().map(code).join(', ') || 'those of all methods',
      checkCell(method, entry),
      linkTo(entry.spec),
    );
  });
  return table(
    ['method', 'params', 'result', 'errors of its own', 'conformance: it is seen to', 'spec'],
    rows,
  );
}

const fieldCell = (name: string, { expected, isOptional }: FieldShape): string =>
  `${code(name + (isOptional ? '?' : ''))} ${expected.toReversed().join('; ')}`;

function checkCell(method: string, { chat, by, errors = {} }: MethodEntry): string {
  const ways = by === undefined ? '3 ways' : 'over WebSocket, 2 ways';
  const refusals = ['INVALID_PARAMS', ...(chat ? ['NOT_A_MEMBER'] : []), ...Object.keys(errors)];
  return `${code(`${method}: …`)} answer its result (${ways}), ${refusals.join(', ')}`;
}

/** What its rule has callers told, beside that they are signed in. */
export function codesByRule(method: string): string[] {
  const rule: Rule | undefined = ruleOf(method);
  if (rule?.about !== 'chat') return [];
  const { messages, person } = rule;
  const isShown = messages === undefined || messages.unseen === 'left_out';
  const inChat = everywhere.map(
    ([kind, role]) => refusalInChat(method as ChatMethod, { kind }, role && { role })?.code,
  );
  const ofMessages = isShown
    ? []
    : [messages.unseen, messages.service, messages.deleted, ...forbids(messages.own, messages.others)];
  const ofPeople = person ? codesOfPeople(person) : [];
  return [...new Set([...inChat, ...ofMessages, ...ofPeople])].filter((one) => one !== undefined);
}

const codesOfPeople = ({ none, ...others }: PersonRule): string[] => [
  ...forbids(...Object.values(others)),
  ...(none === 'NOT_FOUND' ? [none] : forbids(none)),
];

const roles_count = 3;
const forbids = (...may: readonly (readonly Role[] | undefined)[]): string[] =>
  may.some((one) => one !== undefined && one.length < roles_count) ? ['FORBIDDEN'] : [];
const kinds: readonly ChatKind[] = ['direct', 'group', 'channel'];
const everywhere: readonly (readonly [ChatKind, Role | null])[] = kinds.flatMap((kind) =>
  ([null, 'owner', 'admin', 'member'] as const).map((role): [ChatKind, Role | null] => [kind, role]),
);

export function updateTable(): string {
  const rows = Object.entries(updateShapes).map(([type, { words }]) =>
    row(code(type), code(words), code(`update ${type}`), linkTo(updateEntries[type]!.spec)),
  );
  return table(['update', 'beside `type`', 'conformance', 'spec'], rows);
}

export const notificationTable = (): string =>
  table(
    ['notification', 'params', 'conformance', 'spec'],
    Object.entries(notifications).map(([name, { words, seenBy, spec }]) =>
      row(code(name), code(words), seenBy, linkTo(spec)),
    ),
  );

/** The checks that are no method's, each with its sentence. */
export const sentenceTables = (checks: readonly Check[]): string =>
  Object.entries(sections)
    .map(([section, title]) => {
      const own = checks.filter((check) => String(check.section) === section);
      return `### ${section}. ${title}\n\n${table(
        ['check', 'proves'],
        own.map(({ name, says }) => row(code(name), says)),
      )}`;
    })
    .join('\n\n');
