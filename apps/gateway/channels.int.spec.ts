/**
 * Channels over real NATS, with decisions and announcements made by the test itself, so that it can say what is announced and
 * what is lost on the way.
 *
 * Seen failing with the head check removed (what was not announced never comes), with deletions of a hole not looked for (a
 * deleted text is pushed), with the members not looked at on admission (a stranger is pushed), with removals in the channel's
 * log ignored (who was removed is pushed what follows), and with the visible range ignored.
 */
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { NatsConnection } from '@nats-io/nats-core';
import { v7 as uuidV7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { MessageFacts } from '#domain/chat/index.js';
import type { AccessSigner } from '#edge/access-token.js';
import { AllowedOrigins } from '#edge/allowed-origins.js';
import { ChannelLog, hole_decisions_max } from '#edge/channel-log.js';
import { deriveSecrets } from '#edge/secrets.js';
import { applyTopology } from '#streams/apply-topology.js';
import { connectNats } from '#streams/connection.js';
import { DirectGet } from '#streams/direct-get.js';
import { streamOf } from '#streams/subjects.js';
import { accessSigner } from '../../test/support/access-signer.js';
import { ChatWorld } from '../../test/support/chat-world.js';
import { LogWriter } from '../../test/support/log-writer.js';
import { startNats, type TestNats } from '../../test/support/servers.js';
import { WireClient } from '../../test/support/wire-client.js';
import { GatewayModule } from './gateway.module.js';
import type { GatewayTimes } from './limits.js';
import { JsonRpcWsAdapter } from './ws-adapter.js';

const streamsPerFamily = 2;
const secrets = deriveSecrets(new Uint8Array(32).fill(9));

let nats: TestNats;
let nc: NatsConnection;
const gateways: NestFastifyApplication[] = [];
let url: string;
let access: AccessSigner;
let world: ChatWorld;
let owner: string;
let chatId: string;
const channelsOf = new Map<string, string[]>();
const clients: WireClient[] = [];

beforeAll(async () => {
  nats = await startNats({ fsync: false });
  nc = await connectNats(nats.url);
  await applyTopology(nc, { streamsPerFamily, replicas: 1 });
  access = await accessSigner(nc, secrets);
  world = new ChatWorld(nc, streamsPerFamily);
  nc.subscribe('query.log-channels', {
    callback: (_error, message) => {
      const { identity } = message.json<{ identity: { user_id: string } }>();
      const result = { pts: 1, chat_ids: channelsOf.get(identity.user_id) ?? [] };
      message.respond(JSON.stringify({ result, seen: { projected: {}, logged: {} } }));
    },
  });
  await nc.flush();
  url = await startGateway({ first_head_checks_ms: [100], head_check_ms: 200 });
});
afterAll(async () => {
  for (const client of clients) client.drop();
  await Promise.all(gateways.map((gateway) => gateway.close()));
  await nc?.close();
  await nats?.stop();
});
beforeEach(async () => {
  owner = uuidV7();
  chatId = await world.create('channel', owner, []);
});

async function startGateway(times: Partial<GatewayTimes>): Promise<string> {
  const options = { natsUrl: nats.url, secrets, streamsPerFamily, times: { drain_ms: 300, ...times } };
  const gateway = await NestFactory.create<NestFastifyApplication>(
    GatewayModule.forRoot(options),
    new FastifyAdapter(),
    { logger: false },
  );
  const origins = new AllowedOrigins({ origins: [], nodeEnv: 'test' });
  gateway.useWebSocketAdapter(new JsonRpcWsAdapter(gateway, origins, { compression: false }));
  await gateway.listen(0, '127.0.0.1');
  gateways.push(gateway);
  return gateway.getUrl();
}

/** A device whose user's list of channels names this one, whether they are in it or not. */
async function device(userId = uuidV7(), baseUrl = url): Promise<WireClient & { readonly userId: string }> {
  const identity = { user_id: userId, device_id: uuidV7() };
  channelsOf.set(userId, [chatId]);
  await new LogWriter(nc, streamsPerFamily).signIn(userId, identity.device_id);
  const client = await WireClient.open(baseUrl, await access.sign(identity));
  clients.push(client);
  return Object.assign(client, { userId });
}

const ofChannel = ({ notifications }: WireClient) =>
  notifications
    .filter(({ params }) => params.chat_id === chatId)
    .map(({ method, params }) => [method.slice('channel.'.length), params.chat_pts, params.update?.type]);
const begins = (client: WireClient) => client.until(() => ofChannel(client).length > 0);
const reaches = (client: WireClient, pts: number) =>
  client.until(() => ofChannel(client).at(-1)?.[1] === pts);
const texts = ({ notifications }: WireClient) =>
  notifications.flatMap(({ params }) => params.update?.message?.content?.text ?? []);

const announceHead = () => world.announceHead(chatId);
async function announced(...words: readonly string[]): Promise<void> {
  for (const word of words) {
    await world.write(chatId, owner, word);
    await announceHead();
  }
}
const add = (...user_ids: string[]) => world.command(chatId, owner, { type: 'AddMembers', user_ids });

const facts = (seq: number, sent_chat_pts: number): MessageFacts => {
  const sender = { sender_id: owner, sender_device_id: null, date_ms: 1 };
  const message = { seq, client_msg_id: uuidV7(), ...sender };
  const nothing = { deleted: false, reactions: [], mine: null };
  return { seq, chat_pts: sent_chat_pts, sent_chat_pts, message, content_type: 'text', ...nothing };
};

test('who is in it is told where it stands, and then every number once, announced or not', async () => {
  const client = await device(owner);
  await begins(client);
  expect(ofChannel(client)).toEqual([['behind', 2, undefined]]);
  await announced('one', 'two');
  await reaches(client, 4);
  await world.write(chatId, owner, 'not announced');
  await reaches(client, 5);
  await world.write(chatId, owner, 'lost');
  await announced('after a hole');
  await reaches(client, 7);
  expect(ofChannel(client).slice(1)).toEqual([3, 4, 5, 6, 7].map((pts) => ['update', pts, 'message.new']));
  expect(texts(client)).toEqual(['one', 'two', 'not announced', 'lost', 'after a hole']);
});

test('what was deleted in a hole is not shown, what was erased only counts', async () => {
  const stream = streamOf('CHAT', chatId, streamsPerFamily);
  const from = { pts: 2, sequence: world.headOf(chatId) };
  await world.write(chatId, owner, 'regretted');
  await world.write(chatId, owner, 'erased');
  const erased = JSON.stringify({ seq: world.headOf(chatId) });
  const targets = [facts(2, 3), facts(3, 4)];
  await world.command(chatId, owner, { type: 'DeleteMessages', seqs: [2, 3], targets });
  await nc.request(`$JS.API.STREAM.MSG.DELETE.${stream}`, erased);
  const log = new ChannelLog(new DirectGet(nc), streamsPerFamily);
  expect((await log.updatesAfter(chatId, from))?.map(({ pts, update }) => [pts, update])).toMatchObject([
    [3, { type: 'message.new', seq: 2, message: { deleted: true } }],
    [4, { type: 'chat.unseen', chat_pts: 4 }],
    [5, { type: 'message.deleted', seq: 2 }],
    [6, { type: 'message.deleted', seq: 3 }],
  ]);
});

test('so much missed that reading it is left to the client', async () => {
  const blind = await startGateway({ first_head_checks_ms: [], head_check_ms: 600_000 });
  const client = await device(owner, blind);
  await begins(client);
  const bulk = Array.from({ length: 60 }, (_, index) => `missed ${index}`);
  for (let sent = 0; sent <= hole_decisions_max; sent += bulk.length)
    await world.write(chatId, owner, ...bulk);
  await announced('what shows that something is missing');
  await client.until(() => ofChannel(client).length > 1);
  const [what, pts] = ofChannel(client).at(-1)!;
  expect(what).toBe('behind');
  await announced('and on');
  await reaches(client, Number(pts) + 1);
  expect(texts(client)).toEqual(['and on']);
});

test('strangers and those of the past are told nothing; who is removed, nothing from there on', async () => {
  const [member, stranger] = [await device(), await device()];
  await add(member.userId);
  const again = await device(member.userId);
  await begins(again);
  await announced('for members');
  await reaches(again, 5);
  await world.command(chatId, owner, { type: 'RemoveMember', user_id: member.userId });
  await announceHead();
  await announced('secret');
  const late = await device(member.userId);
  const witness = await device(owner);
  await begins(witness);
  await announced('still secret');
  await reaches(witness, 9);
  expect(texts(again)).toEqual(['for members']);
  expect(ofChannel(again).at(-1)).toEqual(['update', 5, 'message.new']);
  expect([stranger, late].map(ofChannel)).toEqual([[], []]);
});

test('a removal that was not announced is met in the log itself', async () => {
  const member = await device();
  await add(member.userId);
  const [again, witness] = [await device(member.userId), await device(owner)];
  await Promise.all([begins(again), begins(witness)]);
  await world.command(chatId, owner, { type: 'RemoveMember', user_id: member.userId });
  await announced('secret');
  await reaches(witness, 7);
  expect(ofChannel(again)).toEqual([['behind', 4, undefined]]);
});

test('what happens to messages of before somebody’s time only counts for them', async () => {
  await world.write(chatId, owner, 'old');
  const newcomer = await device();
  await add(newcomer.userId);
  const [again, witness] = [await device(newcomer.userId), await device(owner)];
  await Promise.all([begins(again), begins(witness)]);
  const body = { content: { type: 'text', text: 'edited' } as const, salt: 'c2FsdA', commitment: 'c' };
  await world.command(chatId, owner, { type: 'EditMessage', seq: 2, body, target: facts(2, 3) });
  await announceHead();
  await announced('new');
  await Promise.all([reaches(again, 7), reaches(witness, 7)]);
  expect(
    ofChannel(again)
      .slice(1)
      .map(([, , type]) => type),
  ).toEqual(['chat.unseen', 'message.new']);
  expect(texts(again)).toEqual(['new']);
  expect(texts(witness)).toEqual(['edited', 'new']);
});
