/** Entities as people send them, and as they are stored. */
import type { UserContent } from '#domain/chat/events.js';
import { inOrder, problemOfEntities, type EntityType, type TextEntity } from '#domain/chat/entities.js';
import { ValidateBy, type ValidationArguments } from 'class-validator';
import type { Dto } from './dto.js';
import { Field, Id, Integer, isArray, isInteger, isText, Optional } from './fields.js';
import { entities_max, limits, url_chars_max } from './limits.js';
import { Nested } from './validate.js';

/** A text never has more units than twice its characters. */
const units_max = limits.text_chars_max * 2;

class Styled {
  @Field('a type of entity', () => true) type!: EntityType;
  @Integer(0, units_max) offset!: number;
  @Integer(1, units_max) length!: number;
}

class Preformatted extends Styled {
  @Optional()
  @Field('a name of 1 to 32 letters, digits, +, #, . or -', (value) => isLanguage(value))
  language?: string;
}

class TextLink extends Styled {
  @Field(
    `an http, https, mailto or tel URL of at most ${url_chars_max} characters, without a password`,
    (value) => isText(value, 1, url_chars_max) && urlOf(value, linkedProtocols) !== null,
  )
  url!: string;
}

class Mention extends Styled {
  @Id() user_id!: string;
}

const isLanguage = (value: unknown): boolean => typeof value === 'string' && /^[\w+#.-]{1,32}$/.test(value);

const entityClasses: ReadonlyMap<unknown, Dto> = new Map<EntityType, Dto>([
  ['link', Styled],
  ['text_link', TextLink],
  ['mention', Mention],
  ['bold', Styled],
  ['italic', Styled],
  ['underline', Styled],
  ['strike', Styled],
  ['spoiler', Styled],
  ['code', Styled],
  ['pre', Preformatted],
]);
const expectedEntity = `an object whose type is ${[...entityClasses.keys()].join(', ')}`;

/** Of the text in the field `textField` beside it. */
export function Entities(textField: 'text' | 'caption'): PropertyDecorator {
  const fits = ValidateBy({
    name: 'entities',
    validator: {
      validate: (_value, args) => problemOf(args, textField) === null,
      defaultMessage: (args) => problemOf(args, textField) ?? '',
    },
  });
  const nested = Nested(expectedEntity, ({ type }) => entityClasses.get(type) ?? null);
  return (prototype, name) => {
    fits(prototype, name);
    nested(prototype, name);
    Optional()(prototype, name);
  };
}

/** What is wrong with single entities is told of them; only whole ones are looked at together. */
function problemOf(args: ValidationArguments | undefined, textField: string): string | null {
  const { value, object } = (args ?? {}) as { value: unknown; object: Readonly<Record<string, unknown>> };
  if (!isArray(value, 1, entities_max)) return `1 to ${entities_max} entities`;
  const text = object[textField];
  if (text === undefined) return `absent without ${textField}`;
  if (typeof text !== 'string' || !value.every(isWhole)) return null;
  return problemOfEntities(value, text) ?? problemOfLinks(value, text);
}

const isWhole = (value: unknown): value is TextEntity => {
  const { type, offset, length } = (value ?? {}) as Record<string, unknown>;
  return entityClasses.has(type) && isInteger(offset, 0, units_max) && isInteger(length, 1, units_max);
};

function problemOfLinks(entities: readonly TextEntity[], text: string): string | null {
  const isWrong = ({ type, offset, length }: TextEntity): boolean =>
    type === 'link' && urlOf(text.slice(offset, offset + length), webProtocols) === null;
  const wrong = entities.findIndex(isWrong);
  return wrong === -1 ? null : `entity ${wrong} is over no http or https URL`;
}

const webProtocols: ReadonlySet<string> = new Set(['http:', 'https:']);
const linkedProtocols: ReadonlySet<string> = new Set([...webProtocols, 'mailto:', 'tel:']);

/**
 * By the WHATWG's parser, as browsers read it: one that reads otherwise than whoever opens it is a way to be deceived. So is a
 * password: `https://bank.example@evil.example`. Null: it is none of these.
 */
function urlOf(text: string, protocols: ReadonlySet<string>): URL | null {
  if (/[\s\p{Cc}]/u.test(text)) return null;
  const url = URL.parse(text);
  if (url === null || !protocols.has(url.protocol) || url.href.length > url_chars_max) return null;
  return url.username === '' && url.password === '' ? url : null;
}

/** In order, and URLs as the parser writes them: without letters that look like others in a host's name. */
export function storedContent(content: UserContent): UserContent {
  if (content.type === 'encrypted' || content.entities === undefined) return content;
  const entities = inOrder(content.entities).map((entity) =>
    entity.type === 'text_link' ? { ...entity, url: new URL(entity.url).href } : entity,
  );
  return { ...content, entities };
}
