/**
 * What each app may say and hear, tried on a real server: every app, every subject that anybody uses, and those that nobody
 * but the admin may. What is allowed is written out here a second time, so that whoever widens the table has to come here.
 *
 * Seen failing with the projector given `leases('projector', 'command')`, with `$JS.API.STREAM.MSG.DELETE` in `readsByPlace`,
 * and without the timeline's `tell`.
 */
import { createInbox } from '@nats-io/nats-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startNatsUsers, type NatsUsers } from '../test/support/nats-users.js';
import { natsUrlOf } from '../test/support/servers.js';
import { connectNats } from './connection.js';
import { apps, type App } from './permissions.js';
import { StreamReader } from './stream-reader.js';

let users: NatsUsers;
const said: string[] = [];
beforeAll(async () => {
  vi.spyOn(console, 'error').mockImplementation((line: string) => void said.push(line));
  users = await startNatsUsers(2);
  const answer = (app: App, subject: string) =>
    users.as[app].subscribe(subject, { callback: (_, message) => void message.respond(app) });
  answer('command-handler', 'command.*.*');
  answer('query-handler', 'query.*');
  answer('api', 'auth.device-activity');
  for (const [app, group] of groups) answer(app, `lease.alive.${group}.*`);
  await Promise.all(Object.values(users.as).map((nc) => nc.flush()));
});
afterAll(() => users?.stop());

const groups = [
  ['command-handler', 'command'],
  ['timeline', 'timeline'],
  ['projector', 'projector.*'],
] as const;
const everybody = [...apps];
const edge: App[] = ['gateway', 'api'];
const readers: App[] = ['gateway', 'api', 'command-handler', 'timeline'];
const leaseReaders: App[] = ['api', 'command-handler', 'timeline', 'projector'];
const followers: App[] = ['timeline', 'projector'];
const start = JSON.stringify({
  config: { deliver_policy: 'all', ack_policy: 'none', inactive_threshold: 1e10 },
});

/** Subject, who may send to it, and what (nothing unless told). `silent`: nobody answers there. */
type Sending = [subject: string, allowed: App[], payload?: string, silent?: 'silent'];

const sendings: Sending[] = [
  ['$JS.API.INFO', everybody],
  ['$JS.API.STREAM.LIST', everybody],
  ...['0', '1'].flatMap((index): Sending[] => [
    [`$JS.API.STREAM.INFO.CHAT_${index}`, ['api', ...followers]],
    [`$JS.API.STREAM.INFO.RECEIPT_${index}`, ['api', ...followers]],
    [`$JS.API.STREAM.INFO.ACCOUNT_${index}`, ['api', ...followers]],
    [`$JS.API.STREAM.INFO.USER_${index}`, [...edge, ...followers]],
    [`$JS.API.DIRECT.GET.CHAT_${index}`, readers, '{"seq":1}'],
    [`$JS.API.DIRECT.GET.RECEIPT_${index}`, ['timeline'], '{"seq":1}'],
    [`$JS.API.DIRECT.GET.ACCOUNT_${index}`, readers, '{"seq":1}'],
    [`$JS.API.DIRECT.GET.USER_${index}`, [...edge, 'timeline'], '{"seq":1}'],
    [`$JS.API.STREAM.MSG.GET.CHAT_${index}`, readers, '{"seq":1}'],
    [`$JS.API.STREAM.MSG.GET.RECEIPT_${index}`, ['timeline'], '{"seq":1}'],
    [`$JS.API.STREAM.MSG.GET.ACCOUNT_${index}`, readers, '{"seq":1}'],
    [`$JS.API.STREAM.MSG.GET.USER_${index}`, [...edge, 'timeline'], '{"seq":1}'],
    [`timeline.USER_${index}`, ['timeline'], '{}'],
    ...['CHAT', 'RECEIPT', 'ACCOUNT', 'USER'].flatMap((family): Sending[] => {
      const reading: App[] = family === 'USER' ? ['projector'] : followers;
      return [
        [
          `$JS.API.CONSUMER.CREATE.${family}_${index}`,
          reading,
          start.replace('{', `{"stream_name":"${family}_${index}",`),
        ],
        [`$JS.API.CONSUMER.MSG.NEXT.${family}_${index}.x`, reading, '', 'silent'],
        [`$JS.API.CONSUMER.DELETE.${family}_${index}.x`, reading],
      ];
    }),
  ]),
  ['$JS.API.DIRECT.GET.CHAT_0.chat.00.x', ['command-handler']],
  ['$JS.API.DIRECT.GET.RECEIPT_0.receipt.00.x', []],
  ['$JS.API.DIRECT.GET.ACCOUNT_0.account.00.x', [...edge, 'command-handler']],
  ['$JS.API.DIRECT.GET.ACCOUNT_0.contacts.00.x', ['command-handler']],
  ['$JS.API.DIRECT.GET.ACCOUNT_0.phone.00.x', ['command-handler']],
  ['$JS.API.DIRECT.GET.USER_0.user.00.x', edge],
  ['$JS.API.DIRECT.GET.USER_0.timeline.USER_0', []],
  ['$JS.API.DIRECT.GET.KV_LEASES', leaseReaders, '{"seq":1}'],
  ['$JS.API.DIRECT.GET.KV_LEASES.$KV.LEASES.command.x', []],
  ['$JS.API.STREAM.MSG.GET.KV_LEASES', leaseReaders, '{"seq":1}'],
  ['$JS.API.CONSUMER.CREATE.KV_LEASES', []],
  ['$JS.API.DIRECT.GET.WORK', []],
  ['$JS.API.CONSUMER.CREATE.WORK', []],
  ['chat.00.x', ['command-handler'], '{}'],
  ['receipt.00.x', ['command-handler'], '{}'],
  ['account.00.x', ['command-handler'], '{}'],
  ['contacts.00.x', ['command-handler'], '{}'],
  ['phone.00.x', ['command-handler'], '{}'],
  ['user.00.x', ['timeline'], '{}'],
  ['work.x', []],
  ['refused.x.y', ['command-handler'], '{}'],
  ['erased.00.x.0', [], '{}'],
  ['$JS.API.DIRECT.GET.REFUSED', [], '{"seq":1}'],
  ['$JS.API.DIRECT.GET.ERASED', [], '{"seq":1}'],
  ['$KV.LEASES.command.x', ['command-handler']],
  ['$KV.LEASES.timeline.x', ['timeline']],
  ['$KV.LEASES.projector.chats.x', ['projector']],
  ['$KV.LEASES.projector.x', []],
  ['$KV.LEASES.x', []],
  ['$KV.RATES.x', edge],
  ['$KV.RATES.x.y', []],
  ['$JS.API.DIRECT.GET.KV_RATES', [], '{"seq":1}'],
  ['$JS.API.STREAM.MSG.GET.KV_RATES', edge, '{"seq":1}'],
  ['$KV.TICKETS.x', ['gateway']],
  ['$KV.TICKETS.x.y', []],
  ['$JS.API.DIRECT.GET.KV_TICKETS', [], '{"seq":1}'],
  ['$JS.API.STREAM.MSG.GET.KV_TICKETS', [], '{"seq":1}'],
  ['$KV.PRESENCE.x', ['gateway'], '{}'],
  ['$KV.PRESENCE.x.y', []],
  ['$JS.API.DIRECT.GET.KV_PRESENCE', ['gateway'], '{"seq":1}'],
  ['$JS.API.DIRECT.GET.KV_PRESENCE.$KV.PRESENCE.x', ['gateway']],
  ['$JS.API.STREAM.MSG.GET.KV_PRESENCE', [], '{"seq":1}'],
  ['$KV.GATEWAYS.x', ['gateway'], '{}'],
  ['$KV.GATEWAYS.x.y', []],
  ['$JS.API.DIRECT.GET.KV_GATEWAYS', ['gateway'], '{"seq":1}'],
  ['presence.user.x', [], '{}', 'silent'],
  ['presence.sight.x', ['command-handler'], '{}', 'silent'],
  ['$KV.ACCESS_KEYS.ring', ['api'], '{}'],
  ['$KV.ACCESS_KEYS.x', []],
  [`$KV.SIGNING_KEYS.${'x'.repeat(43)}`, ['api']],
  ['$JS.API.STREAM.MSG.GET.KV_ACCESS_KEYS', edge, '{"seq":1}'],
  ['$JS.API.DIRECT.GET.KV_ACCESS_KEYS', [], '{"seq":1}'],
  ['$JS.API.STREAM.MSG.GET.KV_SIGNING_KEYS', ['api'], '{"seq":1}'],
  ['$JS.API.DIRECT.GET.KV_SIGNING_KEYS', [], '{"seq":1}'],
  ['auth.keys-changed', ['api'], '', 'silent'],
  ['auth.device-activity', edge],
  ['devices.revoked', ['command-handler'], '{}', 'silent'],
  ['lease.alive.command.x', ['command-handler']],
  ['lease.alive.timeline.x', ['timeline']],
  ['lease.alive.projector.chats.x', ['projector']],
  ['command.chat.3', [...edge, 'command-handler']],
  ['command.account.3', [...edge, 'command-handler']],
  ['query.users-get', edge],
  ['auth.pair-used', ['gateway'], 'pair', 'silent'],
  ['live.user.x', ['timeline'], '{}', 'silent'],
  ['range.taken.chat.3', ['command-handler'], '', 'silent'],
  ['_INBOX.x', []],
  ['_INBOX.x.y', []],
  ['_R_.x.y', []],
  ['anything', []],
  ...[
    'STREAM.CREATE.MINE',
    'STREAM.UPDATE.CHAT_0',
    'STREAM.DELETE.CHAT_0',
    'STREAM.DELETE.WORK',
    'STREAM.PURGE.CHAT_0',
    'STREAM.PURGE.KV_LEASES',
    'STREAM.MSG.DELETE.CHAT_0',
    'STREAM.MSG.DELETE.USER_0',
    'STREAM.SNAPSHOT.CHAT_0',
    'STREAM.RESTORE.CHAT_0',
    'STREAM.LEADER.STEPDOWN.CHAT_0',
    'STREAM.PEER.REMOVE.CHAT_0',
    'STREAM.NAMES',
    'CONSUMER.NAMES.CHAT_0',
    'CONSUMER.LIST.CHAT_0',
    'CONSUMER.INFO.CHAT_0.x',
    'CONSUMER.CREATE.CHAT_0.named',
    'CONSUMER.CREATE.CHAT_0.named.chat.00.x',
    'CONSUMER.DURABLE.CREATE.CHAT_0.named',
    'CONSUMER.PAUSE.CHAT_0.x',
    'CONSUMER.LEADER.STEPDOWN.CHAT_0.x',
    'META.LEADER.STEPDOWN',
    'SERVER.REMOVE',
    'ACCOUNT.PURGE.STORE',
  ].map((api): Sending => [`$JS.API.${api}`, []]),
  ['$SYS.REQ.SERVER.PING', []],
];

/** Who may listen. To what is their own inbox anybody may. */
const hearings: [subject: string, allowed: App[]][] = [
  ['_INBOX.>', everybody],
  ['live.user.*', ['gateway']],
  ['live.user.x', ['gateway']],
  ['command.*.*', ['command-handler']],
  ['command.chat.3', ['command-handler']],
  ['query.*', ['query-handler']],
  // Where `*` is permitted the server permits `>` as well: in an account of its own there is nothing more to hear.
  ['query.>', ['query-handler']],
  ['live.user.>', ['gateway']],
  ['presence.user.x', ['gateway']],
  ['presence.sight.x', ['gateway']],
  ['auth.pair-used', ['api']],
  ['auth.keys-changed', edge],
  ['auth.device-activity', ['api']],
  ['devices.revoked', ['gateway']],
  ['range.taken.*.*', edge],
  ['$KV.LEASES.command.>', ['command-handler']],
  ['$KV.LEASES.timeline.>', ['timeline']],
  ['$KV.LEASES.projector.*.>', ['projector']],
  ['lease.alive.command.x', ['command-handler']],
  ['lease.alive.timeline.x', ['timeline']],
  ['lease.alive.projector.chats.x', ['projector']],
  ...['>', '*', '*.*', '*.*.*', 'live.>', 'command.>', 'range.>', 'auth.>', 'lease.>', '$KV.>'].map(nobodys),
  ...['chat.>', 'receipt.>', 'account.>', 'contacts.>', 'phone.>', 'user.>', 'timeline.>', 'work.>'].map(
    nobodys,
  ),
  ...['$JS.>', '$JS.API.>', '$JS.EVENT.>', '$SYS.>', 'store.>', '_R_.>'].map(nobodys),
];

function nobodys(subject: string): [string, App[]] {
  return [subject, []];
}

let markers_count = 0;

/** Denials come in order: those before that of a subject which nobody may use. */
async function isDenied(app: App, act: () => void): Promise<boolean> {
  const denials = users.denials[app];
  const before = denials.length;
  const marker = `marker.${(markers_count += 1)}`;
  act();
  users.as[app].publish(marker);
  await expect.poll(() => denials.at(-1), { interval: 2 }).toBe(`publish ${marker}`);
  return denials.length > before + 1;
}

async function permittedTo(act: (app: App) => () => void): Promise<App[]> {
  const tried = apps.map(async (app) => [app, await isDenied(app, act(app))] as const);
  return (await Promise.all(tried)).flatMap(([app, denied]) => (denied ? [] : [app]));
}

describe('sending', () => {
  it.each(sendings)('%s: %j', async (subject, allowed, payload = '', silent?: 'silent') => {
    const answered = new Set<App>();
    const permitted = await permittedTo((app) => () => {
      const reply = createInbox();
      const callback = (_: unknown, { headers }: { headers?: { code: number } }) => {
        if (headers?.code !== 503) answered.add(app);
      };
      users.as[app].subscribe(reply, { max: 1, callback });
      users.as[app].publish(subject, payload, { reply });
    });
    const inOrder = apps.filter((app) => allowed.includes(app));
    expect(permitted).toEqual(inOrder);
    if (!silent) await expect.poll(() => apps.filter((app) => answered.has(app))).toEqual(inOrder);
  });
});

describe('listening', () => {
  it.each(hearings)('%s: %j', async (subject, allowed) => {
    const permitted = await permittedTo((app) => () => {
      users.as[app].subscribe(subject, { callback: () => undefined });
    });
    expect(permitted).toEqual(apps.filter((app) => allowed.includes(app)));
  });
});

it('an operator is told of each denial, once, by its subject alone', async () => {
  const words = 'what somebody wrote';
  const projector = await connectNats(natsUrlOf(users.server, 'projector'), { name: 'a projector' });
  for (const subject of ['chat.00.x', 'chat.00.x', 'user.00.x', 'chat.00.x', 'live.user.x'])
    projector.publish(subject, words);
  const lines = () => said.filter((line) => line.includes('[a projector]'));
  await expect.poll(lines).toHaveLength(3);
  expect(lines()[0]).toBe('ERROR [a projector] NATS does not permit this user the publish to "chat.00.x"');
  expect(said.join()).not.toContain(words);
  await projector.close();
});

it.each(followers)('%s reads a stream to its end', async (app) => {
  const stream = 'CHAT_1';
  await users.as['command-handler'].request('chat.ff.y', '{}');
  const read: string[] = [];
  const reader = new StreamReader(users.as[app], {
    stream,
    startSequence: 1,
    onBatch: async ({ messages }) => void read.push(...messages.map(({ subject }) => subject)),
  });
  await expect.poll(() => read).toContain('chat.ff.y');
  await reader.stop();
});
