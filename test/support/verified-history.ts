/** A history with everything in it that read models are folded from, stored in real streams: one of each family. */
import { randomUUID } from 'node:crypto';
import type { NatsConnection } from '@nats-io/nats-core';
import { encodeDecision } from '#domain/catalogue.js';
import type { Device } from '#domain/account/events.js';
import { publishOne } from '#streams/publish-one.js';
import { accountSubject, contactsSubject, receiptSubject } from '#streams/subjects.js';
import { newPosition } from '#streams/user-stream-message.js';
import { ChatHistory, counter, member } from './chat-history.js';
import { LivelyChats } from './lively-chats.js';
import type { Random } from './random.js';
import { storeRecords } from './stored-history.js';

const acts_count = 120;
const subjectsOf = { ACCOUNT: accountSubject, CONTACTS: contactsSubject, RECEIPT: receiptSubject };

export class VerifiedHistory {
  readonly lively: LivelyChats;
  /** Created in the present version of that event, as the lively one was in the first. */
  private readonly younger: ChatHistory;
  readonly owner: string;
  readonly devices = [randomUUID(), randomUUID()] as const;
  private storedChats = 0;
  private storedEntries = 0;

  constructor(
    private readonly nc: NatsConnection,
    random: Random,
  ) {
    const next = { chats: counter(), accounts: counter(), logs: counter() };
    this.lively = new LivelyChats(next, random);
    this.younger = new ChatHistory('CHAT_0', next.chats);
    this.owner = this.lively.people[0];
  }

  get chatId(): string {
    return this.lively.chat.chatId;
  }

  /** Does something more, and stores what came of it. */
  async goOn(times = acts_count): Promise<void> {
    this.lively.act(times);
    await this.store();
  }

  async store(): Promise<void> {
    const { chat, logs } = this.lively;
    const chats = [...chat.records, ...this.younger.records].toSorted(
      (one, other) => one.sequence - other.sequence,
    );
    await storeRecords(this.nc, chats.slice(this.storedChats));
    await storeRecords(this.nc, logs.records.slice(this.storedEntries));
    [this.storedChats, this.storedEntries] = [chats.length, logs.records.length];
  }

  /** A role given, and the group that became a channel: no log tells of it. */
  async storeChannel(): Promise<void> {
    const { chat, people } = this.lively;
    const [owner, user_id] = people;
    this.younger.create([member(owner, 1, 'owner')], 'Since \0 then');
    this.younger.send(owner, 'words');
    this.storeCalls(owner, user_id);
    const member_count = this.lively.memberCount;
    chat.decide(owner, [{ type: 'RoleChanged', data: { user_id, role: 'admin', member_count } }]);
    chat.change(owner, { title: 'All', photo_media_id: randomUUID() });
    chat.change(owner, { title: null, description: 'Ann\u2019s \0 trip' });
    const permissions = { send: 'admin', add_members: 'member', change_info: 'owner' } as const;
    chat.change(owner, { permissions, history: 'all' });
    for (const id of [randomUUID(), randomUUID(), people[2]]) {
      const told = { user_id: id, member_count };
      chat.decide(owner, [{ type: 'MemberBanned', data: { ...told, by: owner } }]);
      if (id !== people[2]) chat.decide(owner, [{ type: 'MemberUnbanned', data: told }]);
    }
    chat.decide(owner, [{ type: 'MemberUnbanned', data: { user_id: people[2], member_count } }]);
    chat.decide(owner, [{ type: 'MemberBanned', data: { user_id: people[2], by: user_id, member_count } }]);
    chat.decide(owner, [{ type: 'MemberBanned', data: { user_id: randomUUID(), by: owner, member_count } }]);
    chat.decide(owner, [{ type: 'BecameChannel', data: { member_count } }]);
    await this.store();
  }

  /** One that has ended and one that goes on; in another chat one that has ended. */
  private storeCalls(caller_id: string, callee_id: string): void {
    const ids = { call_id: randomUUID(), caller_device_id: randomUUID(), callee_device_id: randomUUID() };
    const rings = {
      kind: 'audio',
      state: 'requested',
      caller_id,
      callee_id,
      requested_at_ms: 4_000,
    } as const;
    const ended = { ...ids, ...rings, state: 'discarded', reason: 'failed', discarded_at_ms: 5_000 } as const;
    const call = { ...rings, ...ids, call_id: randomUUID(), expires_at_ms: 9_000 };
    for (const data of [ended, call, { ...call, state: 'accepted' as const, accepted_at_ms: 6_000 }])
      this.younger.decide(caller_id, [{ type: 'CallChanged', data }]);
    for (const data of [call, ended]) this.lively.chat.decide(caller_id, [{ type: 'CallChanged', data }]);
  }

  /**
   * Registers, signs in with two devices, out with one and in again, blocks and unblocks, changes the profile and who may see what, has
   * contacts and fewer again, hides messages, one twice, and moves cursors forward and back.
   */
  async storePeople(): Promise<void> {
    const { owner: user_id, devices } = this;
    const device = (device_id: string, added_at_ms: number): Device => ({
      device_id,
      name: 'Ann\u2019s \0 phone \ud800',
      type: 'mobile',
      added_at_ms,
    });
    const data = { user_id, display_name: 'Ann \udfff', phone_hash: 'a'.repeat(64) };
    await this.decide('ACCOUNT', 1_000, 'UserRegistered', data);
    await this.decide('ACCOUNT', 1_000, 'DeviceAdded', { user_id, device: device(devices[0], 1_000) });
    await this.decide('ACCOUNT', 1_100, 'DeviceAdded', { user_id, device: device(devices[1], 1_100) });
    for (const device_id of devices)
      await this.decide('ACCOUNT', 2_000, 'DeviceRevoked', { user_id, device_id, reason: 'signed_out' });
    const failed = { user_id, cause: 'code_locked', network_hash: '0123456789abcdef' };
    await this.decide('ACCOUNT', 2_500, 'SignInFailed', failed);
    await this.decide('ACCOUNT', 3_000, 'DeviceAdded', { user_id, device: device(devices[0], 3_000) });
    const others = [randomUUID(), randomUUID(), randomUUID()] as const;
    for (const [index, [type, other_id]] of [
      ['UserBlocked', others[0]] as const,
      ['UserBlocked', others[1]] as const,
      ['UserUnblocked', others[0]] as const,
      ['UserBlocked', others[2]] as const,
      ['UserUnblocked', others[2]] as const,
      ['UserBlocked', others[2]] as const,
    ].entries())
      await this.decide('ACCOUNT', 3_000 + index, type, { user_id, other_id, change: index + 1 });
    for (const [index, about] of ['Mountains \0', null, 'Sea'].entries())
      await this.decide('ACCOUNT', 3_010 + index, 'ProfileChanged', {
        user_id,
        display_name: 'Ann K.',
        about,
      });
    for (const [index, last_seen] of ['nobody', 'contacts'].entries())
      await this.decide('ACCOUNT', 3_020 + index, 'PrivacyChanged', { user_id, privacy: { last_seen } });
    for (const [index, [other_id, nickname]] of [
      [others[0], 'Benny \ud800'] as const,
      [others[1], ''] as const,
      [others[0], null] as const,
      [others[2], 'C'] as const,
      [others[2], null] as const,
      [others[2], 'C. \0'] as const,
    ].entries())
      await this.decide('CONTACTS', 3_030 + index, 'ContactSet', { user_id, other_id, nickname });
    for (const seqs of [
      [1, 2],
      [2, 7],
    ])
      await this.decide('ACCOUNT', 3_040, 'MessagesHidden', {
        user_id,
        chat_id: this.chatId,
        seqs,
        after: 1,
      });
    for (const [atMs, pts] of [3_000, 3_100, 3_200].map((at, index) => [at, [4, 9, 9][index]!] as const))
      await this.decide('RECEIPT', atMs, 'DeviceCursorMoved', { user_id, device_id: devices[0], pts });
    const elsewhere = randomUUID();
    for (const [index, [type, ...seqs]] of [
      ['ReadCursorMoved', 1, 4] as const,
      ['DeliveredCursorMoved', 3, 3] as const,
      ['ReadCursorMoved', 1, 5] as const,
      ['ReadCursorMoved', 6, 2] as const,
      ['DeliveredCursorMoved', 2, 7] as const,
    ].entries()) {
      const [here, there] = [this.chatId, elsewhere].map((chat_id, at) => ({
        chat_id,
        seq: seqs[at]!,
        after: 1,
      }));
      await this.decide('RECEIPT', 3_300 + index, type, { user_id, cursors: [here, there, here] });
    }
  }

  /** Positions stand in a USER stream as its writer saves them, between entries. */
  async storePosition(): Promise<void> {
    this.lively.logs.skip();
    await publishOne(
      this.nc,
      newPosition('USER_0', { format: 1, positions: { CHAT_0: 7, RECEIPT_0: 900_000 } }),
    );
  }

  private async decide(of: keyof typeof subjectsOf, occurred_at_ms: number, type: string, data: object) {
    const ids = { command_id: randomUUID(), causation_id: randomUUID(), correlation_id: randomUUID() };
    const decision = {
      format: 1,
      decision_id: randomUUID(),
      meta: { occurred_at_ms, actor: { user_id: this.owner, device_id: null }, ...ids },
      header: { state_at: 0, since: [], members_at: 0 },
      events: [{ event_id: randomUUID(), type, version: 1, chat_pts: 0, data }],
    } as unknown as Parameters<typeof encodeDecision>[0];
    const subject = subjectsOf[of](this.owner);
    await publishOne(this.nc, { subject, data: encodeDecision(decision) });
  }
}
