import { describe, expect, it } from 'vitest';
import { catalogue, CatalogueError, decodeDecision, encodeDecision } from './catalogue.js';
import { count, list, shape, text } from './kernel/check.js';
import type { Decision, StoredEvent } from './kernel/decision.js';
import { catalogued, readEvent, type Catalogue } from './kernel/event-catalogue.js';

const secret = 'what nobody else may read';
const event = {
  event_id: 'e',
  type: 'MessageSent',
  version: 1,
  chat_pts: 1,
  data: {
    message: { seq: 1, client_msg_id: 'k', sender_id: 'anna', sender_device_id: 'phone', date_ms: 1 },
    body: { content: { type: 'text', text: secret }, salt: 's', commitment: 'c' },
  },
} satisfies StoredEvent;
const decision: Decision = {
  format: 1,
  decision_id: 'd',
  meta: {
    occurred_at_ms: 1,
    actor: { user_id: 'anna', device_id: null },
    command_id: 'c',
    causation_id: 'c',
    correlation_id: 'c',
  },
  header: { state_at: 5, since: [7, -1], members_at: 5 },
  events: [event],
};

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
/** The decision with one field set, or left out. */
function damaged(path: string, value?: unknown): Uint8Array {
  const copy: unknown = structuredClone(decision);
  const fields = path.split('.');
  const last = fields.pop()!;
  const holder = fields.reduce((object, field) => object[field] as Fields, copy as Fields);
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  return bytes(copy);
}
type Fields = Record<string, unknown>;
function messageOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(CatalogueError);
    return (error as Error).message;
  }
  throw new Error('it was read');
}

describe('decoding', () => {
  it('is the reverse of encoding', () => {
    expect(decodeDecision(encodeDecision(decision))).toStrictEqual(decision);
  });

  it('lets through a field that a newer writer added', () => {
    const newer = { ...decision, later: 1, events: [{ ...event, data: { ...event.data, later: true } }] };
    expect(decodeDecision(bytes(newer))).toStrictEqual(newer);
  });

  it.each<[string, string, unknown?]>([
    ['value.format is not one of 1', 'format', 2],
    ['value.decision_id is not text', 'decision_id'],
    ['value.meta.actor.user_id is not text', 'meta.actor.user_id', 5],
    ['value.header.since[1] is not an integer', 'header.since.1', 0.5],
    ['value.members is not a list', 'members', {}],
    ['value.state is not an object', 'state', []],
    ['value.chat_pts is not a whole number from 0', 'events.0.chat_pts', -1],
    ['the type of an event is not of this catalogue', 'events.0.type', 'toString'],
    ['MessageSent version 2 is newer than this catalogue', 'events.0.version', 2],
    [
      'MessageSent version 1: value.message.seq is not a whole number from 1',
      'events.0.data.message.seq',
      '1',
    ],
    ['MessageSent version 1: value.body.salt is not text', 'events.0.data.body.salt'],
    [
      'MessageSent version 1: value.body.content.type is not known',
      'events.0.data.body.content.type',
      secret,
    ],
  ])('says %s', (message, path, value) => {
    expect(messageOf(() => decodeDecision(damaged(path, value)))).toBe(message);
  });

  it('quotes nothing of what is not JSON', () => {
    const cut = encodeDecision(decision).slice(0, -1);
    expect(messageOf(() => decodeDecision(cut))).toBe('value is not JSON in UTF-8');
    expect(messageOf(() => decodeDecision(new Uint8Array([0x22, 0xff, 0x22])))).toBe(
      'value is not JSON in UTF-8',
    );
  });
});

describe('encoding', () => {
  it('refuses what decoding would refuse', () => {
    const broken = { ...decision, events: [{ ...event, data: {} }] };
    expect(messageOf(() => encodeDecision(broken))).toBe(
      'MessageSent version 1: value.message is not an object',
    );
  });

  it('knows every event in version 1 or later, with a step for each version before', () => {
    for (const { version, upcasters } of Object.values(catalogue))
      expect(upcasters).toHaveLength(version - 1);
  });
});

/** An event that has changed its shape twice: first the name became a list, then the list got a count beside it. */
type Named = StoredEvent<'Named', { readonly names: readonly string[]; readonly total: number }>;
const local: Catalogue<Named> = {
  Named: catalogued(3, shape<Named['data']>({ names: list(text), total: count }), [
    ({ name }) => ({ names: [name] }),
    (data) => ({ ...data, total: (data['names'] as readonly string[]).length }),
  ]),
};
const named = (version: number, data: unknown) => ({
  event_id: 'e',
  type: 'Named',
  version,
  chat_pts: 4,
  data,
});

describe('upcasting', () => {
  const today = named(3, { names: ['anna'], total: 1 });

  it('reads every version as today’s', () => {
    expect(readEvent(local, named(1, { name: 'anna' }))).toStrictEqual(today);
    expect(readEvent(local, named(2, { names: ['anna'] }))).toStrictEqual(today);
  });

  it('leaves today’s as it is', () => {
    expect(readEvent(local, today)).toBe(today);
  });

  it('checks what came of it, and tells nothing of what it could not read', () => {
    expect(messageOf(() => readEvent(local, named(1, {})))).toBe(
      'Named version 1: value.names[0] is not text',
    );
    expect(messageOf(() => readEvent(local, named(2, { names: null })))).toBe(
      'Named version 2: an upcaster could not read it',
    );
  });

  it('needs one step for each version', () => {
    expect(() => catalogued(3, text, [(data) => data])).toThrow('one upcaster for each step');
  });
});
