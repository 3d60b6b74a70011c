/**
 * Checks of stored shapes, written for hot paths: nothing is copied, and a path is put together only when something is
 * wrong. A check answers null, or what is wrong as `.field[0] is not text`; values never stand in the answer. Fields
 * that are not named are let through: a newer writer may add some.
 */
export type Check<T> = ((value: unknown) => string | null) & { readonly checks?: T };

export const text: Check<string> = (value) => (typeof value === 'string' ? null : ' is not text');

/** An integer from zero. */
export const count: Check<number> = (value) =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? null : ' is not a whole number from 0';

/** An integer from one: numbers of messages and events. */
export const ordinal: Check<number> = (value) =>
  Number.isSafeInteger(value) && (value as number) > 0 ? null : ' is not a whole number from 1';

/** Any integer: pointers may be relative, so negative. */
export const integer: Check<number> = (value) => (Number.isSafeInteger(value) ? null : ' is not an integer');

export const anything: Check<unknown> = () => null;

export function literal<const T extends string | number | boolean>(...allowed: readonly T[]): Check<T> {
  const problem = ` is not one of ${allowed.join(', ')}`;
  return (value) => (allowed.includes(value as T) ? null : problem);
}

export function nullable<T>(check: Check<T>): Check<T | null> {
  return (value) => (value === null ? null : check(value));
}

/** The field may be absent. */
export function optional<T>(check: Check<T>): Check<T> {
  return (value) => (value === undefined ? null : check(value));
}

export function list<T>(check: Check<T>): Check<readonly T[]> {
  return (value) => {
    if (!Array.isArray(value)) return ' is not a list';
    for (let index = 0; index < value.length; index++) {
      const problem = check(value[index]);
      if (problem !== null) return `[${index}]${problem}`;
    }
    return null;
  };
}

/** Every field of `T` must be named, so that a field added to a type cannot be forgotten here. */
export function shape<T>(fields: { readonly [K in keyof T]-?: Check<T[K]> }): Check<T> {
  const checks = Object.entries(fields) as [string, Check<unknown>][];
  return (value) => {
    if (!isRecord(value)) return ' is not an object';
    for (const [key, check] of checks) {
      const problem = check(value[key]);
      if (problem !== null) return `.${key}${problem}`;
    }
    return null;
  };
}

/** A union told apart by the text in `key`. */
export function tagged<K extends string, T extends Readonly<Record<K, string>>>(
  key: K,
  variants: { readonly [V in T[K]]: Check<Extract<T, Readonly<Record<K, V>>>> },
): Check<T> {
  const checks = new Map(Object.entries(variants) as [string, Check<unknown>][]);
  return (value) => {
    if (!isRecord(value)) return ' is not an object';
    const check = checks.get(value[key] as string);
    return check === undefined ? `.${key} is not known` : check(value);
  };
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
