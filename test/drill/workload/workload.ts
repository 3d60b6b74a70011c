/**
 * A steady workload: people with two or three devices each, in direct chats, in groups that stay as they are and in groups
 * where they come and go. What is done next is drawn from the seed and begun at an even rate, whether or not what was
 * begun before has been answered; so a standstill shows as waiting, not as silence.
 */
import { MemoryStore } from '#client/local-store.js';
import { FileStore } from '#client/node/file-store.js';
import { join } from 'node:path';
import { v7 as uuidV7 } from 'uuid';
import { randomOf, type Random } from '../../support/random.js';
import type { Journal } from '../journal.js';
import type { ChatRecord } from '../records.js';
import type { Actor, Answered, ChatHint, Claims } from './actor.js';
import { chatsOf } from './chats.js';
import { pickAction, pickSdkAction } from './mix.js';
import { SdkDevice } from './sdk-device.js';
import type { SdkActor } from './sdk-actions.js';
import { signIn } from './sign-in.js';
import { WireDevice } from './wire-device.js';

export interface WorkloadOptions {
  readonly baseUrl: string;
  /** Where raw devices connect to, in turn, and what that is called; empty: at `baseUrl`. */
  readonly servers: readonly { readonly name: string; readonly url: string }[];
  readonly journal: Journal;
  readonly seed: number;
  readonly users: number;
  readonly operationsPerSecond: number;
  /** For the stores of SDK devices that keep theirs in files. */
  readonly directory: string;
  /** Devices go away for a while. */
  readonly absences?: boolean;
}

/** Under way at a time, for each device and kind: beyond it the kind is left out, and the others go on. */
const under_way_max = 8;
/** People do not ask again and again for what does not come. */
const reads_under_way_max = 1;
const reads = new Set(['history', 'look', 'list', 'snapshot', 'difference', 'stay away']);

export class Workload {
  readonly actors: Actor[] = [];
  readonly sdkActors: SdkActor[] = [];
  private readonly chats = new Map<string, ChatHint>();
  private readonly random: Random;
  private readonly underWay = new Map<string, number>();
  private readonly working = new Set<Promise<unknown>>();
  private ticking: NodeJS.Timeout | undefined;
  private isPatient = true;

  constructor(private readonly options: WorkloadOptions) {
    this.random = randomOf(options.seed);
  }

  /** Everybody signed in and connected, all chats made. */
  async begin(): Promise<void> {
    const phones = Array.from({ length: this.options.users }, (_, index) =>
      phoneOf(this.options.seed, index),
    );
    await Promise.all(phones.map((phone, index) => this.addUser(phone, index)));
    this.actors.sort((one, other) => (one.device.name < other.device.name ? -1 : 1));
    this.sdkActors.sort((one, other) => (one.device.name < other.device.name ? -1 : 1));
    const creators = [...new Map(this.actors.map((actor) => [actor.device.userId, actor])).values()];
    const users = creators.map(({ device }) => device.userId);
    for (const { creator, kind, member_ids, isSteady } of chatsOf(users)) {
      const actor = creators.find(({ device }) => device.userId === creator)!;
      const members = new Set([creator, ...member_ids]);
      const chatId = await create(actor, kind, member_ids);
      this.chats.set(chatId, { chatId, isSteady, creator, members });
      const about = { kind: 'chat' as const, chat_id: chatId, form: kind, is_steady: isSteady, creator };
      this.options.journal.write({ ...about, members: [...members] } satisfies ChatRecord);
    }
    for (const { everybody } of this.actors) (everybody as string[]).push(...users);
  }

  start(): void {
    const intervalMs = 1_000 / this.options.operationsPerSecond;
    let dueMs = performance.now();
    const tick = () => {
      for (; dueMs <= performance.now(); dueMs += intervalMs) this.beginOne();
      this.ticking = setTimeout(tick, Math.max(0, dueMs - performance.now()));
    };
    tick();
  }

  /** Begins nothing more; resolves when everything was answered, or after `patience_ms` given up. */
  async pause(patience_ms: number): Promise<void> {
    clearTimeout(this.ticking);
    const giveUp = setTimeout(() => (this.isPatient = false), patience_ms);
    while (this.working.size > 0) await Promise.all(this.working);
    clearTimeout(giveUp);
    this.isPatient = true;
  }

  async end(): Promise<void> {
    clearTimeout(this.ticking);
    this.isPatient = false;
    await Promise.all(this.actors.map(({ device }) => device.stop()));
    await Promise.all(this.sdkActors.map(({ device }) => device.client.close()));
  }

  private beginOne(): void {
    const isSdk = this.random.integer(this.actors.length + this.sdkActors.length) >= this.actors.length;
    if (isSdk) {
      const actor = this.random.pick(this.sdkActors);
      const { name, action } = pickSdkAction(this.random);
      this.run(actor.device.name, name, () => action(actor));
    } else {
      const actor = this.random.pick(this.actors);
      if (actor.device.isAway) return;
      const { name, action } = pickAction(this.random, this.options.absences === true);
      this.run(actor.device.name, name, () => action(actor));
    }
  }

  private run(device: string, name: string, begin: () => Promise<unknown> | null): void {
    const key = `${device} ${name}`;
    const count = this.underWay.get(key) ?? 0;
    if (count >= (reads.has(name) ? reads_under_way_max : under_way_max)) return;
    const work = begin();
    if (work === null) return;
    this.underWay.set(key, count + 1);
    const done = work.finally(() => {
      this.underWay.set(key, this.underWay.get(key)! - 1);
      this.working.delete(done);
    });
    this.working.add(done);
  }

  private async addUser(phone: string, index: number): Promise<void> {
    const { journal, seed, directory, baseUrl } = this.options;
    const claims: Claims = new Set();
    const siblings: WireDevice[] = [];
    const answered: Answered[] = [];
    const names = index % 2 === 0 ? ['phone', 'tablet'] : ['phone'];
    for (const [turn, kind] of names.entries()) {
      const device = await this.wireDevice(`${kind}-${index}`, phone, index + turn);
      siblings.push(device);
      const random = randomOf(seed + 1 + index * 10 + turn);
      const shared = { device, siblings, answered, random, claims, chats: this.chats };
      const isPatient = () => this.isPatient;
      this.actors.push({ ...shared, everybody: [], isPatient, count: 0, lastSnapshotMs: 0 });
    }
    const name = `laptop-${index}`;
    const store = index % 2 === 0 ? new MemoryStore() : new FileStore(join(directory, `${name}.db`));
    const device = await SdkDevice.start({ name, baseUrl, phone, store, journal });
    journal.write({ kind: 'device', device: name, user: device.userId, client: 'sdk' });
    this.sdkActors.push({ device, random: randomOf(seed + 5 + index * 10), claims, count: 0 });
  }

  private async wireDevice(name: string, phone: string, turn: number): Promise<WireDevice> {
    const { journal, baseUrl, seed } = this.options;
    const all = this.options.servers.length > 0 ? this.options.servers : [{ name: 'all', url: baseUrl }];
    const servers = [...all.slice(turn % all.length), ...all.slice(0, turn % all.length)];
    const identity = await signIn(baseUrl, phone, name);
    journal.write({ kind: 'device', device: name, user: identity.user_id, client: 'wire' });
    const chance = randomOf(seed + 1_000 + turn);
    const random = () => chance.integer(1_000_000) / 1_000_000;
    const device = new WireDevice({ name, identity, journal, random, baseUrl, servers });
    device.start();
    await device.until(() => device.isReady, 30_000);
    return device;
  }
}

async function create(actor: Actor, kind: ChatRecord['form'], member_ids: string[]): Promise<string> {
  const title = kind === 'group' ? { title: 'Drill' } : {};
  const params = { kind, member_ids, client_request_id: uuidV7(), ...title };
  for (;;) {
    const answer = await actor.device.request('chats.create', params).catch(() => null);
    if (answer !== null) return answer['chat'].chat_id;
    await actor.device.until(() => actor.device.isReady, 30_000);
  }
}

/** Fictitious numbers, others for every seed. */
const phoneOf = (seed: number, index: number): string =>
  `+1555${String((seed % 99_999) * 100 + index).padStart(7, '0')}`;
