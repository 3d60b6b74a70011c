/**
 * Whoever asks on NATS chooses where the answer goes, and the answering server or process sends it there by its own authority. So
 * each app asks everything it may ask, and names as the place of the answer what it may not write, order or announce.
 *
 * Seen failing with all users in one account, permissions as they are: a gateway's read of a message that is not there
 * deleted the stream, and its reads were written into a chat. The first test shows that it is so where accounts do not part.
 */
import type { NatsConnection } from '@nats-io/nats-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startNatsUsers, type NatsUsers } from '../test/support/nats-users.js';
import { DirectGet } from './direct-get.js';
import { expanded } from './nats-authorization.js';
import { apps, permissions, type App } from './permissions.js';

const sizes = { streamsPerFamily: 2 };
/** Places for answers, of nobody's use otherwise, and who may send there anyway. */
const places: Readonly<Record<string, readonly App[]>> = {
  'chat.00.stolen': ['command-handler'],
  'account.00.stolen': ['command-handler'],
  'user.00.stolen': ['timeline'],
  '$KV.LEASES.stolen': [],
  // Gateways are in one account: one can send what it read, not what it likes, to the others.
  'live.user.stolen': ['timeline', 'gateway'],
  'command.chat.3': ['gateway', 'api', 'command-handler'],
};
const ordered = ['STREAM.DELETE.VICTIM', 'STREAM.PURGE.VICTIM'];
const heard: string[] = [];
let users: NatsUsers;

beforeAll(async () => {
  users = await startNatsUsers(sizes.streamsPerFamily);
  await makeVictim();
  const listen = (app: App, subject: string) =>
    users.as[app].subscribe(subject, {
      callback: (_, message) => {
        heard.push(`${app} ${message.subject} ${message.string()}`);
        message.respond('answered');
      },
    });
  listen('gateway', 'live.user.stolen');
  listen('command-handler', 'command.*.*');
  listen('query-handler', 'query.*');
  await Promise.all(apps.map((app) => users.as[app].flush()));
});
afterAll(() => users?.stop());

async function makeVictim(): Promise<void> {
  const config = JSON.stringify({ name: 'VICTIM', subjects: ['victim.*'], allow_direct: true });
  await users.admin.request('$JS.API.STREAM.CREATE.VICTIM', config);
  await users.admin.request('victim.a', 'kept');
}

async function victimMessages(): Promise<number | undefined> {
  const answer = await users.admin.request('$JS.API.STREAM.INFO.VICTIM');
  return answer.json<{ state?: { messages: number } }>().state?.messages;
}

/** Reads by place, one that is there and one that is not; and whatever else, once. */
function askFor(nc: NatsConnection, subject: string, reply: string): void {
  for (const payload of ['', '{"seq":1}', '{"seq":1000000}']) nc.publish(subject, payload, { reply });
}

it('within one account an answer may go anywhere: the admin deletes a stream by reading', async () => {
  askFor(users.admin, '$JS.API.DIRECT.GET.CHAT_0', '$JS.API.STREAM.DELETE.VICTIM');
  await expect.poll(victimMessages).toBeUndefined();
  await makeVictim();
});

it.each(apps)('what %s asks is answered nowhere but at its own', async (app) => {
  const { admin, as } = users;
  await as['command-handler'].request('chat.00.there', '{}');
  heard.length = 0;
  const asked = expanded(permissions[app], sizes).filter(({ may }) => may === 'ask');
  for (const { subject } of asked) {
    const literal = subject.replaceAll('*', 'x').replaceAll('>', 'x');
    for (const order of ordered) {
      askFor(as[app], literal, `$JS.API.${order}`);
      askFor(as[app], literal, `store.${order}`);
    }
    for (const [place, senders] of Object.entries(places)) {
      if (!senders.includes(app)) askFor(as[app], literal, place);
    }
  }
  // Answered in turn behind all of these.
  await as[app].request('$JS.API.INFO');
  await admin.request('$JS.API.INFO');
  expect(await victimMessages()).toBe(1);
  expect(await stored()).toEqual([]);
  // What is asked of the handlers they hear, as it was sent; answers they do not.
  const asking = ['gateway', 'api', 'command-handler'].includes(app);
  expect(heard.filter((line) => !asking || line.startsWith('gateway') || line.includes('answered'))).toEqual(
    [],
  );
});

/** Where an answer was written that should not be. */
async function stored(): Promise<string[]> {
  const read = new DirectGet(users.admin);
  const streams = ['CHAT_0', 'USER_0', 'ACCOUNT_0', 'KV_LEASES'];
  const looks = streams.flatMap((stream) =>
    Object.keys(places).map(async (place) =>
      (await read.getLastBySubject(stream, place, { leader: true })) === null ? [] : [place],
    ),
  );
  return (await Promise.all(looks)).flat();
}

it.each(['timeline', 'projector'] as const)('what %s follows is delivered to nobody else', async (app) => {
  heard.length = 0;
  await users.as['command-handler'].request('chat.00.there', '{}');
  const made: string[] = [];
  for (const place of [...Object.keys(places), ...ordered.map((order) => `$JS.API.${order}`)]) {
    const config = { deliver_subject: place, deliver_policy: 'all', ack_policy: 'none', headers_only: true };
    const create = JSON.stringify({ stream_name: 'CHAT_0', config });
    const answer = await users.as[app].request('$JS.API.CONSUMER.CREATE.CHAT_0', create);
    if (answer.json<{ error?: object }>().error === undefined) made.push(place);
  }
  expect(made).toEqual(expect.arrayContaining(['live.user.stolen', 'command.chat.3', 'user.00.stolen']));
  await users.as['command-handler'].request('chat.00.there', '{}');
  await users.admin.request('$JS.API.INFO');
  expect(await victimMessages()).toBe(1);
  expect(await stored()).toEqual([]);
  expect(heard).toEqual([]);
});

it('an answer is heard by who asked, and by no other app', async () => {
  const overheard: string[] = [];
  for (const app of apps) {
    if (app === 'gateway') continue;
    users.as[app].subscribe('_INBOX.>', { callback: (_, message) => void overheard.push(message.string()) });
    await users.as[app].flush();
  }
  const answer = await users.as.gateway.request('command.chat.3', 'a command');
  expect(answer.string()).toBe('answered');
  await Promise.all(apps.map((app) => users.as[app].flush()));
  expect(overheard).toEqual([]);
});
