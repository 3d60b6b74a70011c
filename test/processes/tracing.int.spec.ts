/**
 * Traces of real processes, as a collector has them: every app by itself, spans by OTLP.
 *
 * Seen failing: the first with acks and reads that are not linked to what made them; the second with a handshake's `traceparent` gone on
 * from, and its stream of events with Fastify's own hook, which is not called for one; the third with what is announced again told as if for the first time; the fourth with builds that are filled told as the one
 * that is read.
 */
import { v7 as uuidV7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { appNames, launchApp, startApp, type AppName, type StartedProcess } from '../support/app-process.js';
import { Installation } from '../support/installation.js';
import { decisionOf, missingParts } from '../support/message-trace.js';
import { startOtlpReceiver, type OtlpReceiver } from '../support/otlp-receiver.js';
import { Person } from '../support/person.js';
import type { SeenSpan } from '../support/seen-span.js';
import { WireClient } from '../support/wire-client.js';

let installation: Installation;
let receiver: OtlpReceiver;
const apps = new Map<AppName, StartedProcess>();
/** A gateway where no trace is sampled. */
let unsampled: StartedProcess;
let ann: Person;
let bob: Person;
let tablet: Person;
let chatId: string;

const envOf = (app: AppName, ratio: string) => ({
  ...installation.envOf(app),
  OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
  OTEL_TRACES_SAMPLER_ARG: ratio,
  OTEL_BSP_SCHEDULE_DELAY: '100',
});
const start = async (app: AppName) => void apps.set(app, await startApp(app, envOf(app, '1')));
const url = (app: AppName): string => apps.get(app)!.url;
const rows = (): readonly SeenSpan[] => receiver.spans;
const named = (name: string): SeenSpan[] => rows().filter((span) => span.name === name);
const seesText = (person: Person, text: string) =>
  person.sees(({ type, message }) => type === 'message.new' && message.content.text === text);

beforeAll(async () => {
  [installation, receiver] = await Promise.all([
    Installation.make({ streamsPerFamily: 1 }),
    startOtlpReceiver(),
  ]);
  await installation.setUp();
  const beside = startApp('gateway', envOf('gateway', '0'));
  await Promise.all(appNames.map(start));
  unsampled = await beside;
  ann = await (await Person.signIn(url('api'), '+15550660')).connect(url('gateway'));
  bob = await (await Person.signIn(url('api'), '+15550661')).connect(url('gateway'));
  tablet = await (await Person.signIn(url('api'), '+15550661', 'tablet')).connect(url('gateway'));
  chatId = (await ann.create({ kind: 'direct', member_ids: [bob.userId] })).chat.chat_id;
  await ann.send(chatId, 'first');
  await Promise.all([ann, bob, tablet].map((person) => seesText(person, 'first')));
});
afterAll(async () => {
  await Promise.all([...apps.values(), unsampled].map((app) => app?.kill()));
  await receiver?.stop();
  await installation?.remove();
});

test('one trace shows a message from the frame to three devices, two read models, their acknowledgements and the read', async () => {
  const { seq } = await ann.send(chatId, 'hello');
  const everybody = [ann, bob, tablet];
  await Promise.all(everybody.map((person) => seesText(person, 'hello')));
  for (const person of everybody) {
    const { pts } = person.log.find(({ update }) => (update as any).message?.content.text === 'hello')!;
    await person.request('updates.ack', { pts });
  }
  await bob.request('messages.read', { chat_id: chatId, seq });
  const expected = {
    chatId,
    seq,
    devices: everybody.map(({ identity }) => identity.device_id),
    projections: ['chats', 'search'],
    readers: [bob.userId],
  };
  await expect.poll(() => missingParts(rows(), expected), { timeout: 60_000 }).toEqual([]);
  const { traceId } = decisionOf(rows(), chatId, seq)!;
  const services = rows().flatMap((span) => (span.traceId === traceId ? [span.service] : []));
  expect(new Set(services)).toEqual(
    new Set(['gateway', 'command-handler', 'timeline', 'projector'].map((app) => `odnix-${app}`)),
  );
});

test('what is refused is told with all that led to it, sampled or not; a client’s own trace is linked and decides nothing', async () => {
  const client = { traceId: 'c'.repeat(32), spanId: 'd'.repeat(16) };
  const headers = { traceparent: `00-${client.traceId}-${client.spanId}-01` };
  const socket = await WireClient.open(unsampled.url, ann.identity.access_token, undefined, { headers });
  const content = { type: 'text', text: 'unseen' };
  const { seq } = await socket.request('messages.send', {
    chat_id: chatId,
    client_msg_id: uuidV7(),
    content,
  });
  const foreign = { chat_id: uuidV7(), client_msg_id: uuidV7(), content };
  await expect(socket.request('messages.send', foreign)).rejects.toThrow('NOT_A_MEMBER');
  const refused = () => named('frame messages.send').filter(({ isError }) => isError);
  const chain = () => rows().filter(({ traceId }) => refused().some((frame) => frame.traceId === traceId));
  await expect
    .poll(() =>
      chain()
        .map(({ name }) => name)
        .toSorted(),
    )
    .toEqual(['command', 'decide', 'frame'].map((part) => `${part} messages.send`));
  for (const span of chain()) {
    expect(span).toMatchObject({ isError: true, attributes: { 'error.type': 'NOT_A_MEMBER' } });
  }
  expect(refused()[0]).toMatchObject({ parentId: null, links: [client] });
  await socket.close();
  // Over HTTP as well.
  const body = { jsonrpc: '2.0', id: 1, method: 'chats.list', params: {} };
  const authorization = `Bearer ${ann.identity.access_token}`;
  await fetch(`${url('api')}/v1/rpc`, {
    method: 'POST',
    headers: { ...headers, authorization, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const parts = ['POST /v1/rpc', 'frame chats.list', 'query chats.list', 'answer chats.list'];
  const ofRpc = () =>
    parts.map((name) => named(name).find((span) => span.attributes['odnix.transport'] !== 'websocket'));
  await expect.poll(() => ofRpc().every((span) => span !== undefined)).toBe(true);
  expect(ofRpc().map((span) => span!.parentId)).toEqual([
    null,
    ...ofRpc()
      .slice(0, -1)
      .map((span) => span!.spanId),
  ]);
  expect(ofRpc()[0]!.links).toEqual([client]);
  // A stream of events is told when it is over.
  const streaming = new AbortController();
  const { signal } = streaming;
  const stream = await fetch(`${url('gateway')}/v1/updates/stream`, { headers: { authorization }, signal });
  await stream.body!.getReader().read();
  await ann.send(chatId, 'streamed');
  const streamed = () =>
    named('push message.new').filter((span) => span.attributes['odnix.transport'] === 'sse');
  await expect.poll(() => streamed().length).toBe(1);
  streaming.abort();
  await expect.poll(() => named('GET /v1/updates/stream').length).toBe(1);
  expect(rows().filter(({ traceId }) => traceId === client.traceId)).toEqual([]);
  // Much later than it would have come.
  expect(decisionOf(rows(), chatId, seq)).toBeUndefined();
});

test('killed and started again, timeline and projector go on in the trace; what is told twice says so', async () => {
  await ann.send(chatId, 'just before');
  await Promise.all([ann, bob, tablet].map((person) => seesText(person, 'just before')));
  await Promise.all((['timeline', 'projector'] as const).map((app) => apps.get(app)!.kill()));
  const { seq } = await ann.send(chatId, 'meanwhile');
  await Promise.all((['timeline', 'projector'] as const).map(start));
  await Promise.all([ann, bob, tablet].map((person) => seesText(person, 'meanwhile')));
  const devices = [ann, bob, tablet].map(({ identity }) => identity.device_id);
  const isOfAck = (part: string) => part.startsWith('ack by');
  const missing = () =>
    missingParts(rows(), { chatId, seq, devices, projections: ['chats', 'search'], readers: [] });
  await expect.poll(() => missing().filter((part) => !isOfAck(part)), { timeout: 60_000 }).toEqual([]);
  const messages = named('decide messages.send').map(({ traceId }) => traceId);
  for (const traceId of messages) {
    const own = rows().filter((span) => span.traceId === traceId && !span.attributes['odnix.redelivered']);
    for (const name of ['timeline CHAT', 'announce live.user', 'project chats', 'project search']) {
      expect(own.filter((span) => span.name === name).length, name).toBeLessThanOrEqual(1);
    }
  }
  // Stored before the kill and announced by whoever came after.
  expect(named('timeline CHAT').some((span) => span.attributes['odnix.redelivered'] === true)).toBe(true);
});

test('a rebuild is one trace of its own, and nothing in any other', async () => {
  const owners = {
    ...envOf('projector', '1'),
    NATS_URL: installation.nats.url,
    DATABASE_URL: installation.database.url,
  };
  const before = new Set(rows());
  const rebuild = launchApp('admin', owners, ['projections', 'rebuild', 'chats', '--reason', 'a test']);
  expect(await rebuild.exited, rebuild.output()).toBe(0);
  await expect.poll(() => named('rebuild chats').length).toBeGreaterThan(0);
  await Promise.all([...apps.values(), unsampled].map((app) => app.stop()));
  const since = rows().filter((span) => !before.has(span));
  expect(new Set(named('rebuild chats').map(({ traceId }) => traceId)).size).toBe(1);
  const parts = /^(frame|command|decide|append|timeline|announce|push|project|ack|read) /;
  expect(since.filter(({ name }) => parts.test(name)).map(({ name }) => name)).toEqual([]);
});
