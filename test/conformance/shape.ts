/**
 * What a value must look like, as the protocol page writes it: every field that is named must be there and of its kind; others may
 * be, because fields may be added. A shape answers what is wrong with a value, or null, and says itself in words.
 */
export interface Shape {
  readonly words: string;
  /** `path` is where the value stands, for the message. */
  wrong(value: unknown, path: string): string | null;
}

export const is = (words: string, holds: (value: unknown) => boolean): Shape => ({
  words,
  wrong: (value, path) => (holds(value) ? null : `${path} is ${shown(value)}, not ${words}`),
});

export const id = is(
  'UUID',
  (value) => typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value),
);
export const text = is('text', (value) => typeof value === 'string');
export const someText = is('text, not empty', (value) => typeof value === 'string' && value !== '');
export const flag = is('true or false', (value) => typeof value === 'boolean');
export const ordinal = is('integer from 1', (value) => Number.isSafeInteger(value) && (value as number) >= 1);
export const count = is('integer from 0', (value) => Number.isSafeInteger(value) && (value as number) >= 0);
/** Milliseconds since the Unix epoch, of this century. */
export const time = is(
  'time in ms',
  (value) => Number.isSafeInteger(value) && (value as number) > 946_684_800_000,
);
/** What a client gives back as it was. */
export const opaque = is(
  'opaque text',
  (value) => typeof value === 'string' && /^[A-Za-z0-9_.~-]+$/.test(value),
);
/** SHA-256 in base64url without padding. */
export const hash = is('hash', (value) => typeof value === 'string' && /^[A-Za-z0-9_-]{43}$/.test(value));

export const exactly = (...allowed: readonly (string | number | boolean)[]): Shape =>
  is(allowed.map((one) => JSON.stringify(one)).join(' | '), (value) => allowed.includes(value as string));

export const nullable = (of: Shape): Shape => ({
  words: `${of.words} | null`,
  wrong: (value, path) => (value === null ? null : of.wrong(value, path)),
});

export const list = (of: Shape): Shape => ({
  words: `[${of.words}]`,
  wrong: (value, path) =>
    Array.isArray(value)
      ? firstOf(value.map((item, index) => () => of.wrong(item, `${path}[${index}]`)))
      : `${path} is ${shown(value)}, not a list`,
});

/** Values of one shape, each under a name of its own. */
export const byName = (name: string, of: Shape): Shape => ({
  words: `{${name}: ${of.words}}`,
  wrong: (value, path) =>
    isObject(value)
      ? firstOf(
          Object.entries(value).map(
            ([key, item]) =>
              () =>
                of.wrong(item, `${path}.${key}`),
          ),
        )
      : `${path} is ${shown(value)}, not an object`,
});

/** A field whose name ends in `?` may be absent; none may be undefined or of another kind. */
export function object(fields: Readonly<Record<string, Shape>>): Shape {
  const named = Object.entries(fields).map(([name, of]) => ({
    name: name.replace('?', ''),
    isOptional: name.endsWith('?'),
    of,
  }));
  return {
    words: `{${Object.entries(fields)
      .map(([name, of]) => `${name}: ${of.words}`)
      .join(', ')}}`,
    wrong: (value, path) =>
      isObject(value)
        ? firstOf(named.map((field) => () => wrongField(field, value, path)))
        : `${path} is ${shown(value)}, not an object`,
  };
}

/** The same shape under a name, where its words would be long. */
export const called = (words: string, of: Shape): Shape => ({ ...of, words });

interface Field {
  readonly name: string;
  readonly isOptional: boolean;
  readonly of: Shape;
}

function wrongField(
  { name, isOptional, of }: Field,
  value: Record<string, unknown>,
  path: string,
): string | null {
  if (Object.hasOwn(value, name)) return of.wrong(value[name], `${path}.${name}`);
  return isOptional ? null : `${path}.${name} is missing`;
}

function firstOf(tries: readonly (() => string | null)[]): string | null {
  for (const tried of tries) {
    const wrong = tried();
    if (wrong !== null) return wrong;
  }
  return null;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const shown_chars_max = 80;
const shown = (value: unknown): string => (JSON.stringify(value) ?? 'undefined').slice(0, shown_chars_max);

/** Throws what is wrong. */
export function expectShape(shape: Shape, value: unknown, path: string): void {
  const wrong = shape.wrong(value, path);
  if (wrong !== null) throw new Error(wrong);
}
