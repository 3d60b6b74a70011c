/**
 * Whatever a user may set, and what they hold in secret, is found in nothing that is written down beside it, or told to others.
 *
 * Seen failing with rows written into the text of SQL; with a chat's title in the details of refusals; with a job's error kept whole;
 * with whatever stands in a request's `chat_id` told in its span.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { beforeAll, expect, test } from 'vitest';
import { v7 as uuidV7 } from 'uuid';
import type { WireRefusal } from '../support/wire-client.js';
import type { Besieged } from './besieged.js';
import { operatorsDo, operatorsKept } from './operators-kept.js';
import { plant, type Planted } from './planted.js';

export const redaction = (besieged: () => Besieged): void => {
  let planted: Planted;
  beforeAll(async () => {
    await logStatements(besieged().servers.databaseUrl);
    planted = await plant(besieged());
  });

  test('no log line of any process, no statement of SQL and no health holds what people write, are called, or hold in secret', async () => {
    const { odnix, limited, directory, pair, servers } = besieged();
    await pair.saysMore(2);
    const logs = logsBelow(directory);
    // It is looked at what it is about.
    expect(logs.join('')).toMatch(/statement: |execute /);
    const ofOdnix = /health and metrics \S+ are at (\S+)/.exec(odnix.output())![1]!;
    const health = await Promise.all(
      [`${besieged().url}/v1/health/ready`, `${limited.health}/v1/health/ready`].map(textAt),
    );
    const metrics = await Promise.all([ofOdnix, limited.health].map((at) => textAt(`${at}/metrics`)));
    expect(limited.output()).toMatch(/^\{"time":/m);
    expectNone([odnix.output(), limited.output(), ...logs, ...health, ...metrics], {
      ...planted.words,
      'a password': new URL(servers.databaseUrl).password,
      'of NATS': new URL(servers.natsUrl).password,
      'the secret': besieged().secret,
    });
  });

  test('no span of any process holds it either', async () => {
    const { collector, servers, secret } = besieged();
    const has = (name: string) => collector.spans.some((span) => span.name === name);
    // It is looked at what it is about.
    const told = [
      'frame messages.send',
      'push message.new',
      'project chats',
      'frame unknown',
      'frame chats.get',
    ];
    const overHttp = ['POST /v1/auth/otp/verify', 'POST /v1/rpc', 'decide phone.claim'];
    await expect
      .poll(() => [...told, ...overHttp].filter((name) => !has(name)), { timeout: 10_000 })
      .toEqual([]);
    expectNone(
      collector.bodies.map((body) => body.toString('latin1')),
      { ...planted.words, 'a password': new URL(servers.databaseUrl).password, 'the secret': secret },
    );
    // What comes from here on is only much.
    collector.answer(400);
  });

  test('what is refused to others about somebody’s chat, message or account says nothing of what is in them', async () => {
    const { pair, stranger } = besieged();
    const told: string[] = [];
    const refused = async (who: typeof stranger, method: string, params: object) => {
      const refusal = await who.request(method, params).catch((error: WireRefusal) => error.error);
      told.push(JSON.stringify(refusal));
    };
    const { chatId: chat_id, userId: user_id } = planted;
    const content = { type: 'text', text: 'mine' };
    // Of a member, and of somebody outside.
    for (const who of [stranger, pair.one]) {
      await refused(who, 'messages.edit', { chat_id, seq: 2, content });
      await refused(who, 'messages.delete', { chat_id, seqs: [2], for: 'everyone' });
      await refused(who, 'messages.react', { chat_id, seq: 99, emoji: '👍' });
      await refused(who, 'messages.send', { chat_id, client_msg_id: uuidV7(), content, reply_to_seq: 99 });
      await refused(who, 'messages.read', { chat_id, seq: 1_000_000 });
      await refused(who, 'chats.removeMember', { chat_id, user_id });
      await refused(who, 'chats.addMembers', { chat_id, user_ids: [uuidV7()] });
      await refused(who, 'channels.getDifference', { chat_id, chat_pts: 1 });
      await refused(who, 'devices.revoke', { device_id: user_id });
    }
    expect(told.filter((text) => /"code":"[A-Z_]+"/.test(text)).length).toBeGreaterThan(12);
    expectNone(told, planted.words);
  });

  test('what is kept of operators’ doings and of jobs, headers and errors among it, holds no secret and no text', async () => {
    const words = await operatorsDo(besieged());
    expectNone(await operatorsKept(besieged()), { ...planted.words, ...words });
  });
};

const expectNone = (said: readonly string[], words: Readonly<Record<string, string>>): void => {
  expect(said.join('').length).toBeGreaterThan(500);
  const found = Object.entries(words).filter(([, word]) => said.some((text) => text.includes(word)));
  expect(found.map(([name]) => name)).toEqual([]);
};

const textAt = async (url: string): Promise<string> => (await fetch(url)).text();

/** From now on Postgres writes every statement into its log, without the parameters: what stands there is the text of SQL. */
async function logStatements(databaseUrl: string): Promise<void> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  for (const setting of ["log_statement = 'all'", 'log_parameter_max_length = 0'])
    await client.query(`alter system set ${setting}`);
  await client.query('select pg_reload_conf()');
  await client.end();
}

/** NATS and Postgres write their own. */
function logsBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.log'))
    .map((name) => readFileSync(join(directory, name), 'utf8'));
}
