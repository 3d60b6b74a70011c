/**
 * The kinds of fields that requests consist of. Each is one class-validator decorator whose message says what is
 * expected; a message never holds the value, because values are people's words and secrets.
 */
import { isUuid } from '#domain/kernel/ids.js';
import { ValidateBy, ValidateIf, type ValidationArguments } from 'class-validator';
import { cursor_chars_max } from './limits.js';

type Predicate = (value: unknown, params: Readonly<Record<string, unknown>>) => boolean;

export const Field = (expected: string, isValid: Predicate): PropertyDecorator =>
  ValidateBy({
    name: expected,
    validator: {
      validate: (value: unknown, args?: ValidationArguments) =>
        isValid(value, (args?.object ?? {}) as Readonly<Record<string, unknown>>),
      defaultMessage: () => expected,
    },
  });

/** The field may be absent. It may not be null: JSON has no other way to say absent than leaving it out. */
export const Optional = (): PropertyDecorator =>
  ValidateIf((_params: object, value: unknown) => value !== undefined);

/** Of two fields at least one is given. */
export const RequiredUnless = (other: string): PropertyDecorator =>
  ValidateIf(
    (params: Readonly<Record<string, unknown>>, value: unknown) =>
      value !== undefined || params[other] === undefined,
  );

export const NotBeside = (other: string): PropertyDecorator =>
  Field(`absent beside ${other}`, (_value, params) => params[other] === undefined);

export const Id = (): PropertyDecorator => Field('a UUID in lower-case text', isUuid);

export const Ids = (min: number, max: number): PropertyDecorator =>
  Field(
    `${min} to ${max} different UUIDs in lower-case text`,
    (value) => isArray(value, min, max) && value.every(isUuid) && new Set(value).size === value.length,
  );

/** Safe integers only: a greater number would not come back as it was sent. */
export const Integer = (min: number, max: number = Number.MAX_SAFE_INTEGER): PropertyDecorator =>
  Field(
    max === Number.MAX_SAFE_INTEGER ? `an integer from ${min}` : `an integer from ${min} to ${max}`,
    (value) => isInteger(value, min, max),
  );

export const Integers = (min: number, countMin: number, countMax: number): PropertyDecorator =>
  Field(
    `${countMin} to ${countMax} different integers from ${min}`,
    (value) =>
      isArray(value, countMin, countMax) &&
      value.every((item) => isInteger(item, min)) &&
      new Set(value).size === value.length,
  );

/** Well-formed Unicode without NUL (Postgres stores neither of the two), counted in code points. */
export const Text = (min: number, max: number): PropertyDecorator =>
  Field(`a text of ${min} to ${max} characters without NUL`, (value) => isText(value, min, max));

export const OneOf = (...allowed: readonly string[]): PropertyDecorator =>
  Field(`one of ${allowed.join(', ')}`, (value) => allowed.includes(value as string));

export const Flag = (): PropertyDecorator => Field('true or false', (value) => typeof value === 'boolean');

/** Made by the server and given back as it was. */
export const Opaque = (max: number = cursor_chars_max): PropertyDecorator =>
  Field(
    `a text that the server gave, of at most ${max} characters`,
    (value) => typeof value === 'string' && value.length <= max && /^[A-Za-z0-9_.~-]+$/.test(value),
  );

export const isText = (value: unknown, min: number, max: number): value is string =>
  typeof value === 'string' &&
  value.length <= max * 2 &&
  value.isWellFormed() &&
  !value.includes('\0') &&
  isBetween([...value].length, min, max);

export const isArray = (value: unknown, min: number, max: number): value is unknown[] =>
  Array.isArray(value) && isBetween(value.length, min, max);

export const isInteger = (value: unknown, min: number, max: number = Number.MAX_SAFE_INTEGER): boolean =>
  Number.isSafeInteger(value) && isBetween(value as number, min, max);

const isBetween = (value: number, min: number, max: number): boolean => value >= min && value <= max;
