import { inOrder, type TextEntity } from '#domain/chat/entities.js';
import type { UserContent } from '#domain/chat/events.js';

/** Somebody who may be mentioned as `@Name`. */
export interface Mentionable {
  readonly user_id: string;
  readonly name: string;
}

/** What was typed, with its links and with the people it names. */
export function typedContent(text: string, people: readonly Mentionable[]): UserContent {
  const links = linksIn(text);
  const entities = inOrder([...links, ...mentionsIn(text, people).filter((one) => isApart(one, links))]);
  return { type: 'text', text, ...(entities.length === 0 ? {} : { entities }) };
}

/** What stands behind a sentence is no part of the address in it. */
function linksIn(text: string): TextEntity[] {
  return [...text.matchAll(/https?:\/\/[^\s<>"]+/gi)].flatMap((match) => {
    const address = match[0].replace(/[.,;:!?'")\]}]+$/, '');
    const url = URL.parse(address);
    if (url === null || url.username !== '' || url.password !== '') return [];
    return [{ type: 'link', offset: match.index, length: address.length }];
  });
}

/** The longest name that fits: Ann may be in a chat with Anna. */
function mentionsIn(text: string, people: readonly Mentionable[]): TextEntity[] {
  const byLength = people.toSorted((one, other) => other.name.length - one.name.length);
  return [...text.matchAll(/(?<![\p{L}\p{N}])@/gu)].flatMap(({ index: offset }) => {
    const rest = text.slice(offset + 1).toLocaleLowerCase();
    const named = byLength.find(({ name }) => begins(rest, name.toLocaleLowerCase()));
    if (named === undefined) return [];
    return [{ type: 'mention', offset, length: named.name.length + 1, user_id: named.user_id }];
  });
}

const begins = (rest: string, name: string): boolean =>
  rest.startsWith(name) && !/^[\p{L}\p{N}]/u.test(rest.slice(name.length));

const isApart = ({ offset, length }: TextEntity, others: readonly TextEntity[]): boolean =>
  others.every((other) => offset + length <= other.offset || other.offset + other.length <= offset);
