import { randomUUID } from 'node:crypto';
import type { NatsConnection } from '@nats-io/nats-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { v7 as uuidV7 } from 'uuid';
import { connectNats } from '#streams/connection.js';
import { nothingSeen, type CommandsRequest } from '#streams/requests.js';
import { commandRangeOf, commandSubject, querySubject, rangeTakenSubject } from '#streams/subjects.js';
import { linkTo, type NatsLink } from '../../test/support/nats-link.js';
import { startNats, type TestNats } from '../../test/support/servers.js';
import { Ask } from './ask.js';

const identity = { user_id: randomUUID(), device_id: randomUUID() };
const chatId = randomUUID();
const range = commandRangeOf(chatId);
const patient = { timeout: 60_000, interval: 10 };
const done = { result: {}, seen: nothingSeen };

let nats: TestNats;
let link: NatsLink;
let edge: NatsConnection;
let handlers: NatsConnection[];
let ask: Ask;

beforeEach(async () => {
  nats = await startNats({ fsync: false });
  link = await linkTo(nats.url);
  edge = await connectNats(link.url);
  [ask, handlers] = [new Ask(edge), []];
  await edge.flush();
});
afterEach(async () => {
  await Promise.all([edge, ...handlers].map((nc) => nc.close()));
  await link.close();
  await nats.stop();
});

/** Hears requests on a subject; answers them, or never does. */
async function handler(subject: string, answer: object | null) {
  const nc = await connectNats(nats.url);
  handlers.push(nc);
  const heard: string[] = [];
  nc.subscribe(subject, {
    queue: 'handlers',
    callback: (_, message) => {
      heard.push(message.string());
      if (answer !== null) message.respond(JSON.stringify(answer));
    },
  });
  await nc.flush();
  return { nc, heard };
}
const commands = (count = 1) =>
  Array.from({ length: count }, () => ({ command_id: uuidV7(), method: 'messages.send', params: {} }));
const subject = commandSubject('chat', range);
const answerOne = { replies: [done] };

describe.each([
  ['commands', subject, answerOne, async () => (await ask.commands('chat', identity, chatId, commands()))[0]],
  [
    'queries',
    querySubject('chats.get'),
    done,
    () => ask.query('chats.get', { identity, params: {}, seen: nothingSeen }),
  ],
])('%s', (_name, asked, answer, asking) => {
  // Seen failing with the library's error looked for by another name than it has: refused at once.
  it('that find nobody, because those who serve them change, wait for the next', async () => {
    const answered = asking();
    await edge.flush(); // The server has said by now that nobody is there.
    await handler(asked, answer);
    expect(await answered).toEqual(done);
  });
});

describe('commands', () => {
  // Seen failing with nobody listening for ranges that are taken: then the answer is waited for in vain.
  it('in flight at a handler that dies are asked again, the same, when another takes the range', async () => {
    const dying = await handler(subject, null);
    const answered = ask.commands('chat', identity, chatId, commands());
    await expect.poll(() => dying.heard, patient).toHaveLength(1);
    await dying.nc.close();
    const heir = await handler(subject, answerOne);
    heir.nc.publish(rangeTakenSubject('chat', (range + 1) % 16));
    heir.nc.publish(rangeTakenSubject('account', range));
    await heir.nc.flush();
    expect(heir.heard).toEqual([]);
    heir.nc.publish(rangeTakenSubject('chat', range));
    expect(await answered).toEqual([done]);
    expect(heir.heard).toEqual(dying.heard);
  });

  it('are asked again twice at most', async () => {
    const silent = await handler(subject, null);
    const answered = ask.commands('chat', identity, chatId, commands());
    await expect.poll(() => silent.heard, patient).toHaveLength(1);
    for (let times = 0; times < 5; times++) silent.nc.publish(rangeTakenSubject('chat', range));
    // Behind all of these, and by the same connection.
    const other = commandSubject('account', range);
    const beside = await handler(other, answerOne);
    expect(await ask.commands('account', identity, chatId, commands())).toEqual([done]);
    await expect.poll(() => silent.heard, patient).toHaveLength(3);
    expect(beside.heard).toHaveLength(1);
    await silent.nc.close();
    const heir = await handler(subject, answerOne);
    heir.nc.publish(rangeTakenSubject('chat', range));
    await edge.close();
    expect((await answered)[0]).toHaveProperty('error.code', 'UNAVAILABLE');
    expect(heir.heard).toEqual([]);
  });

  it('are asked again when the connection was away', async () => {
    const silent = await handler(subject, null);
    const answered = ask.commands('chat', identity, chatId, commands());
    await expect.poll(() => silent.heard, patient).toHaveLength(1);
    await silent.nc.close();
    link.cut();
    const heir = await handler(subject, answerOne);
    link.mend();
    expect(await answered).toEqual([done]);
    expect((JSON.parse(heir.heard[0]!) as CommandsRequest).aggregate_id).toBe(chatId);
  });
});

describe('queries', () => {
  const request = { identity, params: {}, seen: nothingSeen };

  it('in flight at a handler that dies are asked again by themselves, once', async () => {
    const dying = await handler(querySubject('chats.list'), null);
    const answered = ask.query('chats.list', request);
    await expect.poll(() => dying.heard, patient).toHaveLength(1);
    await dying.nc.close();
    const heir = await handler(querySubject('chats.list'), done);
    expect(await answered).toEqual(done);
    expect(heir.heard).toEqual(dying.heard);
  });

  // Seen failing without the budget: then every one is asked twice.
  it('when nobody answers any: few are asked twice', async () => {
    const slow = await handler(querySubject('chats.list'), null);
    const all = Array.from({ length: 400 }, () => ask.query('chats.list', request));
    for (const reply of await Promise.all(all)) expect(reply).toHaveProperty('error.retryable', true);
    expect(slow.heard).toHaveLength(500);
  });
});
