/** People with an account, a signed-in device and an access token, made by the hundred a second: their phones are not asked. */
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { v7 as uuidV7 } from 'uuid';
import { Ask, replied } from '#edge/ask.js';
import { Refusal } from '#protocol/refusal.js';
import type { Identity } from '#streams/requests.js';
import { accessSigner } from '../../test/support/access-signer.js';
import { WireClient, WireRefusal } from '../../test/support/wire-client.js';
import { inLanes } from './lanes.js';
import { levelled } from './stored.js';
import type { System } from './system.js';

const at_once = 64;
const token_life_s = 36_000;
const tries_max = 20;
const again_ms = 500;

export interface Account extends Identity {
  readonly token: string;
}

/** Resolves when the read models know them. */
export async function makeAccounts(system: System, count: number): Promise<Account[]> {
  const ask = new Ask(system.nc);
  const access = await accessSigner(system.nc, system.secrets);
  const accounts = await inLanes(at_once, count, async (): Promise<Account> => {
    const identity = { user_id: uuidV7(), device_id: uuidV7() };
    const profile = { phone_hash: randomBytes(32).toString('hex'), display_name: 'Bench' };
    const device = { device_id: identity.device_id, name: 'bench', type: 'web' };
    for (const [method, params] of [
      ['account.register', profile],
      ['account.addDevice', device],
    ] as const)
      await command(ask, identity, method, params);
    return { ...identity, token: await access.sign(identity, { expiresInS: token_life_s }) };
  });
  await levelled(system);
  return accounts;
}

async function command(ask: Ask, identity: Identity, method: string, params: object): Promise<void> {
  const one = { command_id: uuidV7(), method, params: { ...params } };
  const asked = async () => replied((await ask.commands('account', identity, identity.user_id, [one]))[0]!);
  await patiently(asked);
}

export interface NewChat {
  readonly kind: 'direct' | 'group';
  readonly creator: Account;
  readonly others: readonly Account[];
}

/** Their ids, in order. */
export function makeChats({ gateways }: System, chats: readonly NewChat[]): Promise<string[]> {
  return inLanes(at_once, chats.length, async (index) => {
    const { kind, creator, others } = chats[index]!;
    const client = await WireClient.open(gateways[index % gateways.length]!, creator.token);
    try {
      const member_ids = others.map(({ user_id }) => user_id);
      const title = kind === 'group' ? { title: `Group ${index}` } : {};
      const params = { kind, member_ids, ...title, client_request_id: uuidV7() };
      const { chat } = await patiently(() => client.request('chats.create', params));
      return chat.chat_id as string;
    } finally {
      client.drop();
    }
  });
}

/** What the server calls retryable is asked again: it has just started, on a machine that has enough to do. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (!isRetryable(error) || tries === tries_max) throw error;
      await pause(again_ms);
    }
  }
}

const isRetryable = (error: unknown): boolean =>
  error instanceof WireRefusal
    ? error.error.data?.retryable === true
    : error instanceof Refusal && error.error.retryable;
