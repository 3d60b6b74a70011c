/**
 * One entry a method says how it is called and what it answers; from it follow the checks that are alike for every method. What
 * else a method promises stands in the entry's `errors`, and in the flows.
 */
import assert from 'node:assert/strict';
import { WireClient, type WireRefusal } from '../support/wire-client.js';
import type { Check, Section } from './check.js';
import { patiently, refusal } from './participant.js';
import { Rpc, type Caller } from './rpc.js';
import { expectShape, type Shape } from './shape.js';
import { key, type SharedChat, type World } from './world.js';

/** What a call is about. Whoever calls, calls as Ann by `caller`. */
export interface About extends SharedChat {
  readonly world: World;
  readonly caller: Caller;
  /** The method itself, by this caller or by another one. */
  ask(params: Params, by?: Caller): Promise<any>;
}

export type Params = Readonly<Record<string, unknown>>;

export interface MethodEntry {
  readonly section: Section;
  /** All that the method takes and with which nothing is wrong, made anew for each call. */
  params(about: About): Params | Promise<Params>;
  /** What must be there for it to succeed, made for each call: fields in place of those. */
  given?(about: About): Promise<Params>;
  /** Of these, fields that may be left out. */
  readonly optional?: readonly string[];
  /** Fields of which one of several must be given. */
  readonly either?: readonly string[];
  readonly result: Shape;
  /** It is about a chat: a shared one, or a group made for the call because it changes something. */
  readonly chat?: 'direct' | 'group' | 'channel' | 'fresh';
  /** Of a WebSocket's session alone; or what makes a session of a WebSocket. */
  readonly by?: 'socket' | 'new socket';
  /** Where the refusal of somebody who is not in the chat stands, if it is not the answer itself. */
  refused?(answer: any, chat_id: string): unknown;
  /** By code: asks what earns it, in the shared chat. */
  readonly errors?: Readonly<Record<string, (about: About) => Promise<unknown>>>;
  /** Codes that it may answer and that a stranger cannot bring about in a moment. */
  readonly alsoAnswers?: readonly string[];
  /** The spec that takes it apart from inside. */
  readonly spec: string;
}

const unknown_field = 'no_such_field';
const sayings = {
  result:
    'It answers its result over the WebSocket in JSON, in MessagePack (the same objects), and by `POST /v1/rpc`.',
  params:
    'A wrong type, an unknown field: an error, never a dead connection. Invalid params name each wrong field in `data.details`.',
  member: 'Methods on a chat that the caller may not see answer `NOT_A_MEMBER` whether it exists or not.',
  identity:
    '`session.open` is the first request on a WebSocket; HTTP authenticates by `Authorization: Bearer`.',
  error: 'Errors of the application are -32000 with `data: {code, retryable}`; `data.code` is API.',
};

/** As they apply to it. */
export function checksOf(method: string, entry: MethodEntry): Check[] {
  const { section, errors = {}, chat, by } = entry;
  const check = (what: string, says: string, run: Check['run']): Check => ({
    name: `${method}: ${what}`,
    section,
    says,
    run,
  });
  return [
    check('result', sayings.result, (world) => result(method, entry, world)),
    check('params', sayings.params, (world) => wrongParams(method, entry, world)),
    ...(chat ? [check('NOT_A_MEMBER', sayings.member, (world) => notAMember(method, entry, world))] : []),
    ...(by === undefined
      ? [check('not signed in', sayings.identity, (world) => notSignedIn(method, entry, world))]
      : []),
    ...Object.keys(errors).map((code) =>
      check(code, sayings.error, (world) => earns(method, entry, code, world)),
    ),
  ];
}

/** With everything that it takes, and with nothing that may be left out. */
async function result(method: string, entry: MethodEntry, world: World): Promise<void> {
  await eachWay(method, entry, world, async (way, about) => {
    const all = { ...(await entry.params(about)), ...(await entry.given?.(about)) };
    const params = way === 'MessagePack' ? without(all, entry.optional ?? []) : all;
    expectShape(entry.result, await patiently(() => about.ask(params)), `${way}: result`);
  });
}

/** Each field missing, each of a type that no field has, and one field too many. */
async function wrongParams(method: string, entry: MethodEntry, world: World): Promise<void> {
  const { optional = [], either = [] } = entry;
  await eachWay(method, shared(entry), world, async (way, about) => {
    const good = await entry.params(about);
    const names = Object.keys(good);
    const needed = names.filter((name) => !optional.includes(name) && !either.includes(name));
    const wrong: [string, Params][] = [
      [unknown_field, { ...good, [unknown_field]: 1 }],
      ...needed.map((name): [string, Params] => [name, without(good, [name])]),
      ...names.map((name): [string, Params] => [name, { ...good, [name]: [{ wrong: [] }] }]),
    ];
    const refusals = wrong.map(([, params]) => refusal(patiently(() => about.ask(params))));
    (await Promise.all(refusals)).forEach((answer, at) => expectNamed(answer, wrong[at]![0], way));
  });
}

function expectNamed({ error }: WireRefusal, field: string, way: string): void {
  const what = `${way}, with a wrong ${field}`;
  assert.deepEqual(
    [error.code, error.data?.code, error.data?.retryable],
    [-32602, 'INVALID_PARAMS', false],
    what,
  );
  const named = Object.keys(error.data?.details ?? {});
  const isNamed = named.some((name) => name === field || name.startsWith(`${field}.`));
  assert.ok(isNamed, `${what}: details name ${named.join(', ') || 'nothing'}`);
}

/** Told apart by nothing: not by the code, not by the text, not by details. */
async function notAMember(method: string, entry: MethodEntry, world: World): Promise<void> {
  await eachWay(method, shared(entry), world, async (way, about) => {
    const ask = async (chat_id: string): Promise<unknown> => {
      const params = await entry.params({ ...about, chat_id });
      const asked = patiently(() => about.ask(params));
      return entry.refused ? entry.refused(await asked, chat_id) : (await refusal(asked)).error;
    };
    const [foreign, none] = await Promise.all([ask(world.chats.foreign.chat_id), ask(key())]);
    assert.match(JSON.stringify(foreign), /"code":"NOT_A_MEMBER"/, `${way}: of a chat that exists`);
    assert.deepEqual(none, foreign, `${way}: of a chat that does not exist`);
  });
}

async function notSignedIn(method: string, entry: MethodEntry, world: World): Promise<void> {
  const params = await entry.params(await aboutOf(method, shared(entry), world, world.ann.json));
  const plain = await new Rpc(world.url, null).post({ jsonrpc: '2.0', id: 1, method, params });
  assert.deepEqual(
    [plain.status, plain.body.error?.code],
    [401, 'UNAUTHENTICATED'],
    'POST /v1/rpc without a token',
  );
  const socket = await WireClient.connect(world.url);
  try {
    const { code } = await refusal(socket.request(method, params));
    assert.equal(code, 'SESSION_REQUIRED', 'over a WebSocket without a session');
  } finally {
    socket.drop();
  }
}

async function earns(method: string, entry: MethodEntry, code: string, world: World): Promise<void> {
  await eachWay(method, shared(entry), world, async (way, about) => {
    const { error } = await refusal(patiently(() => entry.errors![code]!(about)));
    assert.deepEqual([error.code, error.data?.code], [-32000, code], way);
    assert.equal(typeof error.data?.retryable, 'boolean', way);
  });
}

/** Nothing is changed where everything is refused. */
const shared = (entry: MethodEntry): MethodEntry =>
  entry.chat === 'fresh' ? { ...entry, chat: 'group' } : entry;

/** One way after the other: what they make are different chats, but one person's. */
async function eachWay(
  method: string,
  entry: MethodEntry,
  world: World,
  tried: (way: string, about: About) => Promise<void>,
): Promise<void> {
  for (const [way, caller] of Object.entries(world.ann.callers)) {
    if (entry.by !== undefined && way === 'POST /v1/rpc') continue;
    const isPacked = way === 'MessagePack';
    const fresh = entry.by === 'new socket' ? await connected(world.url, isPacked) : null;
    try {
      await tried(way, await aboutOf(method, entry, world, fresh ?? caller));
    } finally {
      fresh?.drop();
    }
  }
}

const connected = (url: string, isPacked: boolean): Promise<WireClient> =>
  WireClient.connect(url, { subprotocol: isPacked ? 'odnix.v1.msgpack' : 'odnix.v1.json' });

async function aboutOf(method: string, { chat }: MethodEntry, world: World, caller: Caller): Promise<About> {
  const shared = chat === 'fresh' ? await world.freshGroup(caller) : world.chats[chat ?? 'group'];
  return { ...shared, world, caller, ask: (params, by = caller) => by.request(method, params) };
}

const without = (params: Params, names: readonly string[]): Params =>
  Object.fromEntries(Object.entries(params).filter(([name]) => !names.includes(name)));
