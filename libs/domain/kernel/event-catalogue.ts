import { assert } from './assert.js';
import { type Check, count, ordinal, shape, text, anything } from './check.js';
import type { StoredEvent } from './decision.js';

/** Event name (never a class name) to today's version, its shape, and the way from every older version. */
export type Catalogue<E extends StoredEvent> = {
  readonly [T in E['type']]: CatalogueItem<Extract<E, { readonly type: T }>['data']>;
};

export interface CatalogueItem<D> {
  readonly version: number;
  /** Answers the data itself when it has today's shape; throws CatalogueError naming the field otherwise. */
  readonly parse: (data: unknown) => D;
  /** `upcasters[n - 1]` makes version n + 1 of version n; pure, never changed once released. */
  readonly upcasters: readonly Upcaster[];
}

export type Upcaster = (data: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;

/** Stored bytes that are not what the catalogue says. The message names the field and never holds a value. */
export class CatalogueError extends Error {
  override readonly name = 'CatalogueError';
}

/** `upcasters` lead from version 1 to `version`, one a step. */
export function catalogued<D>(
  version: number,
  check: Check<D>,
  upcasters: readonly Upcaster[] = [],
): CatalogueItem<D> {
  assert(upcasters.length === version - 1, 'one upcaster for each step from version 1 to the present one');
  return { version, parse: (data) => parsed(check, data), upcasters };
}

/** A stored event of any version as today's; the very same object when it already is. */
export function readEvent<E extends StoredEvent>(catalogue: Catalogue<E>, stored: unknown): E {
  const event = parsed(eventEnvelope, stored);
  assertKnown(Object.hasOwn(catalogue, event.type));
  const item = catalogue[event.type as E['type']];
  const named = `${event.type} version ${event.version}`;
  if (event.version > item.version) throw new CatalogueError(`${named} is newer than this catalogue`);
  try {
    const data = item.parse(upcast(item, event));
    return (event.version === item.version ? event : { ...event, version: item.version, data }) as E;
  } catch (error) {
    throw new CatalogueError(`${named}: ${reason(error)}`);
  }
}

function upcast(item: CatalogueItem<unknown>, event: StoredEvent): unknown {
  let data = event.data;
  for (const step of item.upcasters.slice(event.version - 1)) data = step(data as Record<string, unknown>);
  return data;
}

function assertKnown(known: boolean): void {
  if (!known) throw new CatalogueError('the type of an event is not of this catalogue');
}

/** What an upcaster throws may hold values, so only its kind is told. */
const reason = (error: unknown): string =>
  error instanceof CatalogueError ? error.message : 'an upcaster could not read it';

export function parsed<T>(check: Check<T>, value: unknown): T {
  const problem = check(value);
  if (problem !== null) throw new CatalogueError(`value${problem}`);
  return value as T;
}

const eventEnvelope = shape<StoredEvent>({
  event_id: text,
  type: text,
  version: ordinal,
  chat_pts: count,
  data: anything,
});
