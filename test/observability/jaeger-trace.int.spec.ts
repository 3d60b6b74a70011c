/**
 * The life of a message in a real Jaeger, as its query API tells it: every app a process of its own, spans by OTLP. Who knows the chat
 * and the number of a message finds its one trace, from the frame to the devices, the read models, the acknowledgement and the read.
 *
 * Seen failing: with another number in the search; with the projector not started.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { appNames, startApp, type StartedProcess } from '../support/app-process.js';
import { Installation } from '../support/installation.js';
import { startTestJaeger, type TestJaeger } from '../support/jaeger.js';
import { missingParts } from '../support/message-trace.js';
import { Person } from '../support/person.js';
import type { SeenSpan } from '../support/seen-span.js';

let installation: Installation;
let jaeger: TestJaeger;
let apps: StartedProcess[];

beforeAll(async () => {
  [installation, jaeger] = await Promise.all([Installation.make({ streamsPerFamily: 1 }), startTestJaeger()]);
  await installation.setUp();
  const tracing = {
    OTEL_EXPORTER_OTLP_ENDPOINT: jaeger.otlpUrl,
    OTEL_TRACES_SAMPLER_ARG: '1',
    OTEL_BSP_SCHEDULE_DELAY: '100',
  };
  apps = await Promise.all(appNames.map((app) => startApp(app, { ...installation.envOf(app), ...tracing })));
});
afterAll(async () => {
  await Promise.all((apps ?? []).map((app) => app.kill()));
  await jaeger?.stop();
  await installation?.remove();
});

test('a message is found by its chat and number, and its one trace shows all that became of it', async () => {
  const [gateway, api] = apps as [StartedProcess, StartedProcess];
  const ann = await (await Person.signIn(api.url, '+15550670')).connect(gateway.url);
  const bob = await (await Person.signIn(api.url, '+15550671')).connect(gateway.url);
  const { chat } = await ann.create({ kind: 'direct', member_ids: [bob.userId] });
  const { seq } = await ann.send(chat.chat_id, 'hello');
  for (const person of [ann, bob]) {
    await person.sees(({ type, message }) => type === 'message.new' && message.seq === seq);
    await person.request('updates.ack', { pts: person.pts });
  }
  await bob.request('messages.read', { chat_id: chat.chat_id, seq });

  const found = (wanted: number): Promise<string[]> => {
    const tags = { 'odnix.chat_id': chat.chat_id as string, 'odnix.seq': String(wanted) };
    return jaeger.findTraces('odnix-command-handler', tags, 'decide messages.send');
  };
  await expect.poll(() => found(seq)).toHaveLength(1);
  expect(await found(seq + 1)).toEqual([]);
  const [traceId = ''] = await found(seq);
  const expected = {
    chatId: chat.chat_id as string,
    seq,
    devices: [ann, bob].map(({ identity }) => identity.device_id),
    projections: ['chats', 'search'],
    readers: [bob.userId],
  };
  await expect.poll(async () => missingParts(await withLinked(traceId), expected)).toEqual([]);
  const services = new Set((await jaeger.trace(traceId)).map(({ service }) => service));
  expect([...services].toSorted()).toEqual([
    'odnix-command-handler',
    'odnix-gateway',
    'odnix-projector',
    'odnix-timeline',
  ]);
});

/** Acks, reads and folds cover many messages: they are traces of their own, which the message's links to. */
async function withLinked(traceId: string): Promise<SeenSpan[]> {
  const own = await jaeger.trace(traceId);
  const linked = new Set(own.flatMap(({ links }) => links.map((link) => link.traceId)));
  const others = await Promise.all([...linked].map((id) => jaeger.trace(id)));
  return [...own, ...others.flat()];
}
