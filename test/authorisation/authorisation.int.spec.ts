/**
 * Every cell of who may call what (docs/authorisation.md), tried against the real system: what is allowed happens, what is
 * refused is refused with exactly that error and moves no log. What is expected stands in expected.ts, by hand.
 *
 * Seen failing: history not clamped; memberships read with those of the past; an admin who may remove an owner; others' messages
 * edited; deletion for everyone by members; what is done to a message from before one's joining; sync.chats not clamped; a channel's
 * difference and read marks for strangers; chats.list with chats that were left; what a late member is pushed, of a channel and of a
 * group, not clamped; NOT_FOUND for chats that are not there; devices that were signed out let in over HTTP; a ping without a
 * session; another's sync token taken.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  refusalInChat,
  refusalOfMessage,
  refusalOfPerson,
  type ChatMethod,
} from '#domain/authority/authority.js';
import { rules } from '#domain/authority/rules.js';
import type { Role } from '#domain/chat/index.js';
import { methods, type Method } from '#protocol/methods.js';
import { bearerOf, EventClient, poll } from '../support/event-client.js';
import { Person, WireRefusal } from '../support/person.js';
import { WireClient } from '../support/wire-client.js';
import { methodOf, ownParams, paramsOf, shown, type About } from './calls.js';
import {
  chatCells,
  messageCells,
  personCells,
  withoutChat,
  type Caller,
  type ChatCell,
  type MessageCell,
  type PersonCell,
} from './expected.js';
import { shownOf, Watching } from './sight.js';
import { early_emoji, secrets, World, type Chat } from './world.js';

const nowhere = '01900000-0000-7000-8000-000000000001';

let world: World;
let chats: Record<'direct' | 'group' | 'channel', Chat>;
let watching: Record<'late' | 'left' | 'removed', Watching>;
/** How far the logs had come before anything was tried. */
let settled: readonly number[];

beforeAll(async () => {
  world = await World.start();
  const [late, left, removed] = await Promise.all(
    (['late', 'left', 'removed'] as const).map((caller) => Watching.begin(personOf(caller))),
  );
  watching = { late: late!, left: left!, removed: removed! };
  const [direct, group, channel] = await Promise.all([
    world.direct(),
    world.shared('group'),
    world.shared('channel'),
  ]);
  chats = { direct, group, channel };
  await world.settled([direct, group, channel]);
  settled = await world.heads();
});
afterAll(async () => {
  for (const one of Object.values(watching ?? {})) one.end();
  await world?.stop();
});

interface Outcome {
  readonly code: string;
  readonly result?: any;
  readonly details?: object | undefined;
}

type Told = Pick<Outcome, 'code' | 'details'>;

/** `sync.chats` answers each chat for itself. */
async function outcomeOf(person: Person, method: string, params: object): Promise<Outcome> {
  try {
    const result = await person.patiently(methodOf(method), params);
    const told =
      method === 'sync.chats' ? Object.values<{ error?: Told }>(result.chats)[0]?.error : undefined;
    return told ? { code: told.code, details: told.details } : { code: 'ok', result };
  } catch (error) {
    if (!(error instanceof WireRefusal)) throw error;
    return { code: error.code!, details: error.error.data?.details };
  }
}

const isCommand = (method: string): boolean =>
  (methods as Record<string, Method>)[method]?.route === 'chat-command';

const personOf = (caller: Caller): Person => world.people[caller];

/** Exactly so over the socket and over plain HTTP. */
async function isRefused(caller: Caller, method: string, about: About, code: string): Promise<void> {
  const params = paramsOf[method]!(about);
  const { access_token } = personOf(caller).identity;
  const [outcome, body] = await Promise.all([
    outcomeOf(personOf(caller), method, params),
    world.rpc(access_token, methodOf(method), params),
  ]);
  const told = body.error?.data ?? body.result.chats[about.chat_id].error;
  expect(outcome.code).toBe(code);
  expect([told.code, told.details]).toEqual([code, outcome.details]);
}

/** Allowed: the answer is of what was asked, and what a command changes stands in a log. */
async function happens(caller: Caller, method: string, about: About): Promise<void> {
  // What devices acknowledge comes when it comes: of what is to change nothing only its chat tells.
  const isKept = method !== 'calls.signal';
  const heads = () => (isKept ? world.heads() : world.heads(['CHAT']));
  const before = await heads();
  const outcome = await outcomeOf(personOf(caller), method, paramsOf[method]!(about));
  expect(outcome).toMatchObject({ code: 'ok', result: shown[method]?.(about) ?? {} });
  if (!isKept) expect(await heads()).toEqual(before);
  else if (isCommand(method)) expect(await heads()).not.toEqual(before);
}

const idOf = (caller: Caller | 'second' | 'spare'): string => world.people[caller].userId;

it('every method is expected to do something', () => {
  const expected = new Set([...withoutChat, ...chatCells.map(({ method }) => method)]);
  const missing = Object.keys(methods).filter((method) => !expected.has(method));
  const advice = `${missing.join(', ')}: say in test/authorisation/expected.ts what each caller is to be told, and how it is called in calls.ts`;
  expect(missing, advice).toEqual([]);
});

it('the rules, and so the tables of the docs, say the same', () => {
  for (const { method, kind, caller, expected } of chatCells) {
    const role = caller === 'owner' || caller === 'admin' || caller === 'member' ? caller : null;
    const isIn = kind !== 'none' && role !== null;
    const refusal = refusalInChat(method as ChatMethod, isIn ? { kind } : null, isIn ? { role } : null);
    expect(refusal?.code ?? 'ok', `${method} by ${caller} of ${kind}`).toBe(expected);
  }
  for (const { method, caller, of, expected } of messageCells) {
    const me = { user_id: caller, role: roleOf(caller), visible_from_seq: caller === 'late' ? 2 : 1 };
    const message = { sender_id: of === 'own' ? caller : 'another' };
    const content_type = of === 'service' ? 'service' : 'text';
    const target = { seq: 1, message, content_type, deleted: of === 'deleted' };
    const refusal = refusalOfMessage(method as ChatMethod, me, 1, target);
    expect(refusal?.code ?? 'ok', `${method} by ${caller} of ${of}`).toBe(expected);
  }
  for (const { method, caller, target, expected } of personCells) {
    const me = { user_id: 'me', role: roleOf(caller) };
    const other = target === 'self' ? me : target === 'none' ? undefined : { user_id: 'other', role: target };
    const asked = method as ChatMethod;
    const refusal = refusalInChat(asked, { kind: 'group' }, me) ?? refusalOfPerson(asked, me, other);
    expect(refusal?.code ?? 'ok', `${method} by ${caller} of ${target}`).toBe(expected);
  }
  const others = Object.entries(rules).filter(([, { about }]) => about !== 'chat');
  expect(others.map(([method]) => method).toSorted()).toEqual(withoutChat.toSorted());
});

const roleOf = (caller: Caller): Role => (caller === 'owner' || caller === 'admin' ? caller : 'member');

const codeOf = (error: WireRefusal): string | undefined => error.code;
const detailsOf = (error: WireRefusal) => error.error.data!;

describe.concurrent('in a chat, refused', () => {
  const cells = chatCells.filter(({ expected }) => expected !== 'ok');
  it.each(cells)('$method by $caller of $kind: $expected', async ({ method, kind, caller, expected }) => {
    const chat = kind === 'none' ? undefined : chats[kind];
    const seq = chat?.of[caller] ?? chat?.of.member ?? 1;
    const user_id = method === 'chats.removeMember' ? idOf(caller) : idOf('spare');
    await isRefused(caller, method, { chat_id: chat?.chat_id ?? nowhere, seq, user_id }, expected);
  });

  const strangers = Object.keys(paramsOf);
  it.each(strangers)(
    '%s tells a stranger the same of a chat that is there as of one that is not',
    async (method) => {
      const about = { seq: 1, user_id: idOf('stranger') };
      const told = (chat_id: string) =>
        outcomeOf(personOf('stranger'), method, paramsOf[method]!({ ...about, chat_id }));
      const [there, direct, none] = [
        await told(chats.group.chat_id),
        await told(chats.direct.chat_id),
        await told(nowhere),
      ];
      expect([there, direct]).toEqual([none, none]);
      expect(none).toEqual({ code: 'NOT_A_MEMBER', details: undefined });
    },
  );
});

describe.concurrent.each(['group', 'channel'] as const)('in a %s, refused', (kind) => {
  const messages = messageCells.filter((cell) => cell.expected !== 'ok' && cell.kinds.includes(kind));
  it.each(messages)('$method by $caller of a message of $of: $expected', async (cell) => {
    const chat = chats[kind];
    const about = { chat_id: chat.chat_id, seq: presentMessage(chat, cell), user_id: idOf('spare') };
    await isRefused(cell.caller, cell.method, about, cell.expected);
  });

  const persons = personCells.filter(({ expected }) => expected !== 'ok');
  it.each(persons)(
    '$method by $caller of $target: $expected',
    async ({ method, caller, target, expected }) => {
      const user_id = idOf(present[target]);
      await isRefused(caller, method, { chat_id: chats[kind].chat_id, seq: 1, user_id }, expected);
    },
  );
});

/** Who is that in the chat, and not the caller. */
const present = { owner: 'owner', admin: 'second', member: 'late', none: 'spare', self: 'owner' } as const;

/** For `late`, one from before they joined. */
function presentMessage({ of, deleted, service }: Chat, cell: Pick<MessageCell, 'caller' | 'of'>): number {
  const isLate = cell.caller === 'late';
  if (cell.of === 'service') return isLate ? service.early : service.since;
  if (cell.of === 'deleted') return isLate ? deleted.early : deleted.since;
  if (isLate) return of.late!;
  return cell.of === 'own' ? of[cell.caller]! : of[cell.caller === 'owner' ? 'member' : 'owner']!;
}

it('what was refused has moved no log', async () => {
  expect(await world.heads()).toEqual(settled);
});

describe('who calls', () => {
  const all = Object.keys(methods);
  const aboutNothing: About = { chat_id: nowhere, seq: 1, user_id: nowhere };
  const paramsFor = (method: string, me: Person) =>
    paramsOf[method]?.(aboutNothing) ?? ownParams(me.identity, idOf('spare'))[method]!;

  it('nobody may do anything without a session but open one', async () => {
    const client = await WireClient.connect(world.url);
    for (const method of all.filter((name) => name !== 'session.open')) {
      const refused = await client.request(method, paramsFor(method, personOf('stranger'))).catch(codeOf);
      expect([method, refused]).toEqual([method, 'SESSION_REQUIRED']);
      const token = personOf('stranger').identity.access_token;
      for (const bad of [undefined, 'x', `${token}x`, `${token.slice(0, -8)}AAAAAAAA`]) {
        const told = await world.status('/v1/rpc', bad, { jsonrpc: '2.0', id: 1, method, params: {} });
        expect([method, told]).toEqual([method, '401 UNAUTHENTICATED']);
      }
    }
    client.drop();
  });

  it('a device that was signed out may do nothing any more, by any way', async () => {
    const gone = await Person.signIn(world.url, '+15550999', 'lost');
    const { access_token } = gone.identity;
    await world.status('/v1/auth/logout', access_token);
    for (const method of all) {
      const told = await world.status('/v1/rpc', access_token, { jsonrpc: '2.0', id: 1, method, params: {} });
      expect([method, told]).toEqual([method, '401 DEVICE_REVOKED']);
    }
    await expect(WireClient.open(world.url, access_token).catch(codeOf)).resolves.toBe('DEVICE_REVOKED');
    await expect(EventClient.open(world.url, {}, bearerOf(access_token))).rejects.toThrow(
      '401 DEVICE_REVOKED',
    );
    expect((await poll(world.url, access_token, { pts: 0 })).body.error.code).toBe('DEVICE_REVOKED');
    await expect(world.status('/v1/updates/ticket', access_token)).resolves.toBe('401 DEVICE_REVOKED');
  });

  it('is known from the session, never from what is asked', async () => {
    const [me, other] = [personOf('stranger'), personOf('owner')];
    const { user_id, device_id } = other.identity;
    const forged = { identity: { user_id, device_id }, actor: user_id, sender_id: user_id, device_id };
    for (const method of all) {
      const params = { ...paramsFor(method, me), ...forged };
      const refusals = [
        await me.request(method, params).catch(detailsOf),
        (await world.rpc(me.identity.access_token, method, params)).error?.data,
      ];
      for (const refusal of refusals.filter(({ code }) => code !== 'METHOD_NOT_FOUND'))
        expect([method, refusal]).toEqual([method, expect.objectContaining({ code: 'INVALID_PARAMS' })]);
    }
    const { access_token } = me.identity;
    const beside = await world.rpc(access_token, 'chats.list', {}, forged);
    expect(beside.error ?? beside.result.chats).toEqual(beside.error ? expect.anything() : []);
    for (const name of ['user_id', 'identity', 'access_token', 'device_id']) {
      const query = { [name]: user_id };
      await expect(EventClient.open(world.url, query, bearerOf(access_token))).rejects.toThrow(
        'INVALID_PARAMS',
      );
      const polled = await poll(world.url, access_token, { pts: 0, ...query });
      expect(polled.body.error.code).toBe('INVALID_PARAMS');
    }
  });

  it('another’s place in their log is nobody else’s, by any way', async () => {
    const { sync_token } = await personOf('owner').request('updates.getState');
    const { access_token } = personOf('stranger').identity;
    const code = 'SYNC_TOKEN_INVALID';
    expect(await outcomeOf(personOf('stranger'), 'updates.getDifference', { sync_token })).toMatchObject({
      code,
    });
    const told = await world.rpc(access_token, 'updates.getDifference', { sync_token });
    expect(told.error.data.code).toBe(code);
    await expect(WireClient.open(world.url, access_token, sync_token).catch(codeOf)).resolves.toBe(code);
    await expect(EventClient.open(world.url, { sync_token }, bearerOf(access_token))).rejects.toThrow(code);
    expect((await poll(world.url, access_token, { sync_token })).body.error.code).toBe(code);
  });
});

describe.each(['group', 'channel'] as const)('in a %s, what is shown', (kind) => {
  it('to who joined later is nothing from before', async () => {
    const text = await shownOf(personOf('late'), chats[kind].chat_id);
    expect(text).toContain(secrets.after);
    for (const hidden of [secrets.early, early_emoji]) expect(text).not.toContain(hidden);
    const watched = watching.late.pushed();
    for (const hidden of [secrets.early, early_emoji]) expect(watched).not.toContain(hidden);
  });

  it.each(['left', 'removed'] as const)('to who %s is nothing from after', async (caller) => {
    const { chat_id } = chats[kind];
    const text = (await shownOf(personOf(caller), chat_id)) + watching[caller].pushed();
    expect(text).not.toContain(secrets.after);
    expect(text).toContain(chat_id);
    const { chats: listed } = await personOf(caller).patiently('chats.list');
    const snapshot = await personOf(caller).patiently('sync.snapshot');
    expect([listed, snapshot.chats]).toEqual([[], []]);
  });

  it('to a stranger is nothing at all', async () => {
    const { chat_id } = chats[kind];
    const text = (await shownOf(personOf('stranger'), chat_id)).replaceAll(`"${chat_id}":{"error"`, '');
    for (const hidden of [...Object.values(secrets), chat_id, idOf('owner')])
      expect(text).not.toContain(hidden);
  });
});

describe('without a chat, allowed', () => {
  it.each(withoutChat)('%s to whoever is signed in', async (method) => {
    const me = personOf('stranger');
    const params = ownParams(me.identity, idOf('spare'), await world.qrToken())[method]!;
    if (method === 'session.open') {
      const client = await WireClient.open(world.url, me.identity.access_token);
      expect(client.session).toMatchObject({ user_id: me.userId });
      client.drop();
    } else expect(await outcomeOf(me, method, params)).toMatchObject({ code: 'ok' });
  });

  it('each is told of their own log and chats alone', async () => {
    const [one, other] = [personOf('owner'), personOf('late')];
    const [mine, theirs] = [await one.wholeLog(), await other.wholeLog()];
    expect(mine.map(({ sync_token }) => sync_token)).not.toEqual(theirs.map(({ sync_token }) => sync_token));
    const { chats: listed } = await other.patiently('chats.list');
    expect(listed.map(({ chat_id }: any) => chat_id)).not.toContain(chats.direct.chat_id);
  });
});

describe('in a chat, allowed', () => {
  const cells = chatCells.filter(({ expected }) => expected === 'ok');
  it.each(cells)('$method by $caller of $kind', async ({ method, kind, caller }: ChatCell) => {
    if (kind === 'none') throw new Error('nothing is allowed in no chat');
    const changesRoles = ['chats.leave', 'chats.removeMember', 'chats.setRole'].includes(method);
    const chat = chats[kind];
    const chat_id = changesRoles && kind !== 'direct' ? await world.another(kind) : chat.chat_id;
    const isReading = method === 'messages.read' || method === 'typing.set';
    const seq = isReading ? await unread(chat, caller) : await ownMessage(chat_id, caller);
    const user_id = await personFor(method, chat, caller);
    const call_id = method.startsWith('calls.') ? await ringing() : undefined;
    await happens(caller, method, { chat_id, seq, user_id, call_id });
    if (method === 'chats.ban') await letIn(chat_id, user_id);
  });
});

const ownMessage = async (chat_id: string, caller: Caller): Promise<number> =>
  (await personOf(caller).send(chat_id, 'own')).seq;

/** To whom the caller may do it: somebody from outside, an admin, or themselves. */
async function personFor(method: string, chat: Chat, caller: Caller): Promise<string> {
  const { chat_id } = chat;
  if (method === 'chats.setRole') return idOf('admin');
  if (method !== 'chats.addMembers' && method !== 'chats.ban' && method !== 'chats.unban')
    return idOf(caller);
  const user_id = await newcomer(chat);
  if (method === 'chats.unban') await personOf('owner').patiently('chats.ban', { chat_id, user_id });
  return user_id;
}

const letIn = (chat_id: string, user_id: string): Promise<any> =>
  personOf('owner').patiently('chats.unban', { chat_id, user_id });

/** Somebody who is not in the chat. */
async function newcomer({ chat_id }: Chat): Promise<string> {
  await personOf('owner').patiently('chats.removeMember', { chat_id, user_id: idOf('spare') });
  return idOf('spare');
}

/** The owner calls the member; the call before is over. */
async function ringing(): Promise<string> {
  const owner = personOf('owner');
  const { chat_id } = chats.direct;
  const { chat } = await owner.patiently('chats.get', { chat_id });
  if (chat.call) await owner.patiently('calls.discard', { chat_id, call_id: chat.call.call_id });
  const { call } = await owner.patiently('calls.request', { user_id: idOf('member'), kind: 'audio' });
  return call.call_id;
}

/** A message that the caller has not read yet. */
async function unread({ chat_id }: Chat, caller: Caller): Promise<number> {
  return (await personOf(caller === 'member' ? 'owner' : 'member').send(chat_id, 'unread')).seq;
}

describe.each(['group', 'channel'] as const)('in a %s, allowed', (kind) => {
  const messages = messageCells.filter((cell) => cell.expected === 'ok' && cell.kinds.includes(kind));
  it.each(messages)('$method by $caller of a message of $of', async (cell: MessageCell) => {
    const chat = chats[kind];
    const isOwn = cell.of === 'own';
    const sender = isOwn ? cell.caller : cell.caller === 'owner' ? 'member' : 'owner';
    // What another has just written a query need not show yet; it changes nothing, so an old one is as good.
    const isFresh = isOwn || (cell.of === 'another' && isCommand(cell.method));
    const seq = isFresh
      ? (await personOf(sender).send(chat.chat_id, 'fresh')).seq
      : presentMessage(chat, cell);
    const about = { chat_id: chat.chat_id, seq, user_id: idOf('spare') };
    if (cell.method === 'messages.delete' && cell.of === 'deleted') {
      const outcome = await outcomeOf(personOf(cell.caller), cell.method, paramsOf[cell.method]!(about));
      expect(outcome).toMatchObject({ code: 'ok', result: { deleted: [seq] } });
    } else await happens(cell.caller, cell.method, about);
  });

  const persons = personCells.filter(({ expected, target }) => expected === 'ok' && target !== 'self');
  it.each(persons)('$method by $caller of $target', async ({ method, caller, target }: PersonCell) => {
    const chat = chats[kind];
    const { chat_id } = chat;
    const user_id = await newcomer(chat);
    if (target !== 'none')
      await personOf('owner').patiently('chats.addMembers', { chat_id, user_ids: [user_id] });
    if (target === 'owner' || target === 'admin') await world.giveRole(chat, 'spare', target);
    const outcome = await outcomeOf(
      personOf(caller),
      method,
      paramsOf[method]!({ chat_id, seq: 1, user_id }),
    );
    expect(outcome.code).toBe('ok');
    const { members } = await personOf('owner').patiently('chats.members', { chat_id });
    const found = members.find((one: any) => one.user_id === user_id);
    expect(found?.role).toBe(method === 'chats.setRole' ? 'member' : undefined);
    if (method === 'chats.ban') await letIn(chat_id, user_id);
  });
});
