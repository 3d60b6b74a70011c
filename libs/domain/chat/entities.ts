/** What parts of a text are: of a message's text, or of a media's caption. */

/**
 * `link`: what stands there is a URL itself. `text_link`: it leads to `url`. `mention`: it names a member, whatever it reads.
 * The order in which entities of the same place are stored.
 */
export const entityTypes = [
  'link',
  'text_link',
  'mention',
  'bold',
  'italic',
  'underline',
  'strike',
  'spoiler',
  'code',
  'pre',
] as const;
export type EntityType = (typeof entityTypes)[number];

/** In UTF-16 units, as strings are counted in JavaScript, Java, C# and Swift's NSString; never within a character's pair. */
interface Span {
  readonly offset: number;
  readonly length: number;
}
interface Fields {
  readonly text_link: { readonly url: string };
  readonly mention: { readonly user_id: string };
  readonly pre: { readonly language?: string };
}
export type EntityOf<T extends EntityType> = Span & { readonly type: T } & (T extends keyof Fields
    ? Fields[T]
    : unknown);
export type TextEntity = { [T in EntityType]: EntityOf<T> }[EntityType];

/** Whom a content mentions, each once. */
export function mentionedIn(content: { readonly entities?: readonly TextEntity[] }): readonly string[] {
  const mentioned = (content.entities ?? []).flatMap((one) => (one.type === 'mention' ? [one.user_id] : []));
  return [...new Set(mentioned)];
}

/** By place, the longer first: what contains comes before what it contains. */
export const inOrder = (entities: readonly TextEntity[]): TextEntity[] =>
  entities.toSorted(
    (one, other) =>
      one.offset - other.offset ||
      other.length - one.length ||
      entityTypes.indexOf(one.type) - entityTypes.indexOf(other.type),
  );

/**
 * What is wrong with entities of a text, without a word of it; null: nothing. They contain one another or are apart; code
 * stands alone; none stands within one of its kind, nor what leads somewhere within what leads elsewhere.
 * (The rules are those of Telegram's Bot API, `MessageEntity`.)
 */
export function problemOfEntities(entities: readonly TextEntity[], text: string): string | null {
  const containing: TextEntity[] = [];
  for (const entity of inOrder(entities)) {
    while (containing.length > 0 && endOf(containing.at(-1)!) <= entity.offset) containing.pop();
    const problem = problemOfPlace(entity, text) ?? problemWithin(entity, containing);
    if (problem !== null) return `entity ${entities.indexOf(entity)} ${problem}`;
    containing.push(entity);
  }
  return null;
}

const endOf = ({ offset, length }: Span): number => offset + length;

function problemOfPlace(entity: TextEntity, text: string): string | null {
  if (endOf(entity) > text.length) return 'ends beyond the text';
  const cuts = [entity.offset, endOf(entity)].some((at) => isWithinPair(text, at));
  return cuts ? 'begins or ends within a character' : null;
}

const isWithinPair = (text: string, at: number): boolean =>
  /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(Math.max(at - 1, 0), at + 1));

const aloneTypes: ReadonlySet<EntityType> = new Set(['code', 'pre']);
const leadingTypes: ReadonlySet<EntityType> = new Set(['link', 'text_link', 'mention']);

function problemWithin(entity: TextEntity, containing: readonly TextEntity[]): string | null {
  const last = containing.at(-1);
  if (last === undefined) return null;
  if (endOf(entity) > endOf(last)) return 'overlaps another in part';
  if ([entity, ...containing].some(({ type }) => aloneTypes.has(type))) return 'overlaps code';
  const isSame = ({ type }: TextEntity): boolean =>
    type === entity.type || (leadingTypes.has(type) && leadingTypes.has(entity.type));
  return containing.some(isSame) ? 'is within one that is the same or leads elsewhere' : null;
}
