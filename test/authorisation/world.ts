/** All relations that one can have to a chat, set up once over the real system in this process; and ways to ask it. */
import { randomBytes } from 'node:crypto';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { v7 as uuidV7 } from 'uuid';
import { connectNats } from '#streams/connection.js';
import { families, type Family } from '#streams/subjects.js';
import { readOdnixSettings } from '../../apps/odnix/settings.js';
import { startApps, type RunningApps } from '../../apps/odnix/start-apps.js';
import { Person } from '../support/person.js';
import { freshDatabase, startNats, type TestDatabase, type TestNats } from '../support/servers.js';
import { post } from '../support/wire-client.js';
import type { Caller } from './expected.js';
import { giveRole } from './give-role.js';

/** Words that somebody must never be shown. */
export const secrets = { early: 'SAID-BEFORE-THEY-JOINED', after: 'SAID-AFTER-THEY-WENT' };
export const early_emoji = '🫥';

export interface Chat {
  readonly kind: 'direct' | 'group' | 'channel';
  readonly chat_id: string;
  /** A message of each, from when they were there. */
  readonly of: Partial<Record<Caller, number>>;
  /** From before `late` joined, and from after. */
  readonly deleted: { readonly early: number; readonly since: number };
  readonly service: { readonly early: number; readonly since: number };
}

export class World {
  private constructor(
    private readonly nats: TestNats,
    private readonly database: TestDatabase,
    private readonly apps: RunningApps,
    private readonly nc: NatsConnection,
    private readonly jsm: JetStreamManager,
    readonly people: Readonly<Record<Caller | 'second' | 'spare', Person>>,
  ) {}

  static async start(): Promise<World> {
    const [nats, database] = await Promise.all([startNats({ fsync: false }), freshDatabase()]);
    const settings = readOdnixSettings({
      PORT: '0',
      ADMIN_PORT: '0',
      STREAMS_PER_FAMILY: '1',
      SIGN_INS_PER_ADDRESS_MAX: '1000',
    });
    const servers = { natsUrl: nats.url, databaseUrl: database.url };
    const secret = randomBytes(32).toString('base64url');
    const apps = await startApps({ settings: { ...settings, ...servers }, ...servers, secret });
    const nc = await connectNats(nats.url);
    const names = [
      'owner',
      'admin',
      'member',
      'late',
      'left',
      'removed',
      'stranger',
      'second',
      'spare',
    ] as const;
    const people = await Promise.all(
      names.map(async (name, at) => {
        const person = await Person.signIn(apps.url, `+1555090${at.toString().padStart(2, '0')}`);
        return [name, await person.connect()] as const;
      }),
    );
    const jsm = await jetstreamManager(nc);
    return new World(nats, database, apps, nc, jsm, Object.fromEntries(people) as World['people']);
  }

  get url(): string {
    return this.apps.url;
  }

  async stop(): Promise<void> {
    for (const person of Object.values(this.people)) person.client.drop();
    await this.apps.stop();
    await this.nc.close();
    await Promise.all([this.nats.stop(), this.database.drop()]);
  }

  /** How much stands in every log: what changed anything has moved one of them. */
  async heads(of: readonly Family[] = families): Promise<readonly number[]> {
    const counts = await Promise.all(
      of.map(async (family) => {
        const filter = { subjects_filter: `${family.toLowerCase()}.>` };
        const { state } = await this.jsm.streams.info(`${family}_0`, filter);
        return Object.values(state.subjects ?? {}).reduce((sum, count) => sum + count, 0);
      }),
    );
    return counts;
  }

  /** A chat in which everybody is what they are called. */
  async shared(kind: 'group' | 'channel'): Promise<Chat> {
    const { owner, admin, second, member, late, left, removed } = this.people;
    const others = [admin, second, member, left, removed].map(({ userId }) => userId);
    const { chat_id } = (await owner.create({ kind, member_ids: others, title: 'All' })).chat;
    for (const { userId } of [admin, second]) await giveRole(this.nc, chat_id, userId, 'admin');
    const first = await owner.send(chat_id, secrets.early);
    const gone = await owner.send(chat_id, secrets.early);
    await owner.request('messages.delete', { chat_id, seqs: [gone.seq], for: 'everyone' });
    const of: Chat['of'] = { late: first.seq };
    of.left = (await left.send(chat_id, secrets.early)).seq;
    of.removed = (await removed.send(chat_id, secrets.early)).seq;
    await owner.request('chats.addMembers', { chat_id, user_ids: [late.userId] });
    await left.request('chats.leave', { chat_id });
    await owner.request('chats.removeMember', { chat_id, user_id: removed.userId });
    // What is done to messages that somebody may not see is not theirs to see either.
    await owner.request('messages.edit', {
      chat_id,
      seq: first.seq,
      content: { type: 'text', text: secrets.early },
    });
    await member.request('messages.react', { chat_id, seq: first.seq, emoji: early_emoji });
    for (const name of ['owner', 'admin', 'member'] as const)
      of[name] = (await this.people[name].send(chat_id, secrets.after)).seq;
    const since = await owner.send(chat_id, secrets.after);
    await owner.request('messages.delete', { chat_id, seqs: [since.seq], for: 'everyone' });
    const deleted = { early: gone.seq, since: since.seq };
    return { kind, chat_id, of, deleted, service: { early: 1, since: of.removed + 1 } };
  }

  /** Another of that kind, for who goes from it. */
  async another(kind: 'group' | 'channel'): Promise<string> {
    const { owner, admin, member } = this.people;
    const { chat } = await owner.create({ kind, member_ids: [admin.userId, member.userId], title: 'Small' });
    await giveRole(this.nc, chat.chat_id, admin.userId, 'admin');
    return chat.chat_id;
  }

  /** Of the owner and the member. */
  async direct(): Promise<Chat> {
    const { owner, member } = this.people;
    const { chat_id } = (await owner.create({ kind: 'direct', member_ids: [member.userId] })).chat;
    const of = { member: (await member.send(chat_id, 'hello')).seq };
    const none = { early: 0, since: 0 };
    return { kind: 'direct', chat_id, of, deleted: none, service: none };
  }

  async giveRole(chat: Chat, name: keyof World['people'], role: 'owner' | 'admin'): Promise<void> {
    await giveRole(this.nc, chat.chat_id, this.people[name].userId, role);
  }

  /** Resolves when the logs of everybody tell all of what was done. */
  async settled(chats: readonly Chat[]): Promise<void> {
    const { owner, member, late } = this.people;
    const last = await Promise.all(chats.map(({ chat_id }) => owner.send(chat_id, 'the last')));
    for (const { chat_id, seq } of last) await owner.sees((update) => isAt(update, chat_id, seq));
    await Promise.all([member, late].map((person) => person.patiently('sync.snapshot')));
  }

  /** One request over plain HTTP: the result, or the application's error. */
  async rpc(token: string, method: string, params: object, more: object = {}): Promise<any> {
    const request = { jsonrpc: '2.0', id: 1, method, params, ...more };
    return post(this.url, '/v1/rpc', request, token);
  }

  /** Of a device that is to be let in. */
  async qrToken(): Promise<string> {
    return (await post(this.url, '/v1/auth/qr', { device: { name: 'tablet', type: 'web' } })).qr_token;
  }

  /** A POST over plain HTTP: its status and, if it is refused, why. */
  async status(path: string, token: string | undefined, body: object = {}): Promise<string> {
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
    const answer = await fetch(`${this.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    const text = await answer.text();
    const told = text === '' ? undefined : (JSON.parse(text).error?.code as string | undefined);
    return [answer.status, ...(told === undefined ? [] : [told])].join(' ');
  }
}

export const key = (): string => uuidV7();

const isAt = (update: any, chat_id: string, seq: number): boolean =>
  update.chat_id === chat_id && update.seq === seq;
