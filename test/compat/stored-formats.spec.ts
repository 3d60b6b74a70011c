/**
 * Stored bytes never change. The samples beside this file are of every event and version, of decisions and of a user's
 * log, as they were first written; samples are added, never edited.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { restoreAccount, restoreContacts, restorePhone } from '#domain/account/index.js';
import type { ContactsDecision } from '#domain/account/state.js';
import { catalogue, decodeDecision, decodeStored, encodeDecision, type AnyEvent } from '#domain/catalogue.js';
import { chatCatalogue } from '#domain/chat/catalogue.js';
import type { ChatEvent } from '#domain/chat/events.js';
import { evolveChat } from '#domain/chat/evolve.js';
import { isCommittedTo, restoreChat, type ChatDecision } from '#domain/chat/index.js';
import { canonicalJson } from '#domain/kernel/canonical-json.js';
import type { Decision } from '#domain/kernel/decision.js';
import { readEvent } from '#domain/kernel/event-catalogue.js';
import type { Sha256 } from '#domain/kernel/hashing.js';
import { emptyLogHash, entryHash, readEntry, renderUpdate } from '#domain/user-log/index.js';
import { decodeRefused, encodeRefused } from '#streams/refused-command.js';
import { decodeAction, encodeAction } from '../../apps/admin/actions/action-event.js';
import { decodeErased, encodeErased } from '../../apps/admin/audit/erased-facts.js';

const folder = new URL('.', import.meta.url);
const read = (file: string): Buffer => readFileSync(new URL(file, folder));
const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
const sha256: Sha256 = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const isOf = (part: string) => (file: string) => file.split('.')[0] === part;
const decisionFiles = files.filter(isOf('Decision'));
const eventFiles = files.filter((file) => Object.hasOwn(catalogue, file.split('.')[0]!));
const eventOf = (file: string): ChatEvent =>
  readEvent<ChatEvent>(chatCatalogue, JSON.parse(read(file).toString()));
const decisionOf = (name: string): Decision => decodeDecision(read(`Decision.${name}.v1.json`));

it('samples are as they were first written', () => {
  const sums = files.map((file) => `${Buffer.from(sha256(read(file))).toString('hex')}  ${file}`);
  expect(sums.toSorted()).toStrictEqual(read('SHA256SUMS').toString().trimEnd().split('\n').toSorted());
});

describe('events', () => {
  it('each has a sample of each version', () => {
    const sampled = new Set(eventFiles.map((file) => `${file.split('.')[0]} ${file.split('.').at(-2)}`));
    const versions = Object.entries(catalogue).flatMap(([name, { version }]) =>
      Array.from({ length: version }, (_, index) => `${name} v${index + 1}`),
    );
    expect([...sampled].toSorted()).toStrictEqual(versions.toSorted());
  });

  it.each(eventFiles)('%s reads, and what it holds is what was written', (file) => {
    const sample: unknown = JSON.parse(read(file).toString());
    const event = readEvent<AnyEvent>(catalogue, sample);
    expect(event.type).toBe(file.split('.')[0]);
    expect(event.version).toBe(catalogue[event.type].version);
    if (file.endsWith(`.v${event.version}.json`)) expect(canonicalJson(event)).toBe(canonicalJson(sample));
  });

  it.each(eventFiles.filter(isOf('MessageSent')))('%s keeps its commitment', (file) => {
    const { data } = JSON.parse(read(file).toString());
    if (data.body.content.type !== 'service') expect(isCommittedTo(sha256, data.body)).toBe(true);
    else expect(Object.keys(data.body)).toStrictEqual(['content']);
  });
});

describe('decisions', () => {
  it.each(decisionFiles)('%s reads, and is written again as it was, or in the versions of today', (file) => {
    const { decision, stored } = decodeStored(read(file));
    const bytes = encodeDecision(decision);
    expect(decodeDecision(bytes)).toStrictEqual(decision);
    const written = { ...JSON.parse(Buffer.from(bytes).toString()), ...(stored ? { events: stored } : {}) };
    expect(canonicalJson(written)).toBe(canonicalJson(JSON.parse(read(file).toString())));
  });

  it('of either version make the same chat, and are told alike', () => {
    const [event] = decisionOf('chat-described').events as [ChatEvent];
    const before = eventOf('ChatCreated.described.v1.json');
    expect(before).toStrictEqual(event);
    expect(decisionOf('chat-created').events[0]).toStrictEqual(eventOf('ChatCreated.v1.json'));
    const none = { status: 'none' } as const;
    const chats = [before, event].map((created) => evolveChat(none, created, 1));
    expect(chats[0]).toStrictEqual(chats[1]);
    expect(chats[0]).toMatchObject({ title: 'Hiking', description: 'Every other Sunday' });
    expect(evolveChat(none, eventOf('ChatCreated.v1.json'), 1)).toMatchObject({ description: null });
    const values = { read_seq: 0, visible_from_seq: 1, role: 'owner' } as const;
    const entry = { kind: 'chat.new', chat_id: 'chat', chat_pts: 1, values } as const;
    const [old, young] = [before, event].map((created) => renderUpdate(entry, created, 1));
    expect(old).toStrictEqual(young);
    expect(old).toMatchObject({ chat: { description: 'Every other Sunday' } });
  });

  it('newer than this release are refused, never read as what they might be', () => {
    const sample = JSON.parse(read('Decision.chat-described.v1.json').toString());
    sample.events[0].version = 3;
    const bytes = Buffer.from(JSON.stringify(sample));
    expect(() => decodeDecision(bytes)).toThrow('ChatCreated version 3 is newer than this catalogue');
  });

  it('hold aggregates that can be restored', () => {
    const owner = decisionOf('owner-left') as ChatDecision;
    const chat = restoreChat([decisionOf('anchor') as ChatDecision], owner);
    expect(chat).toMatchObject({ status: 'active', title: 'Hiking', last_seq: 7, chat_pts: 17 });
    const grown = decisionOf('became-channel') as ChatDecision;
    const channel = restoreChat([decisionOf('anchor') as ChatDecision, grown], grown);
    expect(channel).toMatchObject({ kind: 'channel', last_seq: 9, chat_pts: 21, member_count: 4 });
    const renamed = decisionOf('chat-changed') as ChatDecision;
    expect(restoreChat([renamed], owner)).toMatchObject({ title: 'Hiking club', last_seq: 9, chat_pts: 20 });
    const ruled = restoreChat([decisionOf('member-banned') as ChatDecision], null);
    expect(ruled).toMatchObject({
      history: 'all',
      permissions: { send: 'admin' },
      banned_ids: [expect.any(String)],
    });
    const called = restoreChat([decisionOf('called') as ChatDecision], null);
    expect(called).toMatchObject({ kind: 'direct', call: { state: 'requested', kind: 'video' } });
    const account = restoreAccount(decisionOf('device-added') as Parameters<typeof restoreAccount>[0]);
    expect(account).toMatchObject({ status: 'active', display_name: 'Anna', devices: [{ type: 'mobile' }] });
    const changed = restoreAccount(decisionOf('profile-changed') as Parameters<typeof restoreAccount>[0]);
    expect(changed).toMatchObject({ about: 'Mountains 🏔️', privacy: { last_seen: 'contacts' } });
    const decisions = ['contact-set', 'contact-removed'].map((name) => decisionOf(name) as ContactsDecision);
    expect(restoreContacts(decisions).contacts).toMatchObject([{ nickname: '' }]);
    const phone = restorePhone(decisionOf('phone-claimed') as Parameters<typeof restorePhone>[0]);
    expect(phone).toMatchObject({ status: 'claimed' });
  });
});

it.each(files.filter((file) => file.startsWith('Action')))(
  '%s reads, and is written again as it was',
  (file) => {
    const written: unknown = JSON.parse(Buffer.from(encodeAction(decodeAction(read(file)))).toString());
    expect(canonicalJson(written)).toBe(canonicalJson(JSON.parse(read(file).toString())));
  },
);

it.each([
  ['ErasedDecision.v1.json', (data: Buffer) => encodeErased(decodeErased(data))],
  ['RefusedCommand.v1.json', (data: Buffer) => encodeRefused(decodeRefused(data))],
])('%s reads, and is written again as it was', (file, again) => {
  expect(canonicalJson(JSON.parse(Buffer.from(again(read(file))).toString()))).toBe(
    canonicalJson(JSON.parse(read(file).toString())),
  );
});

it.each(files.filter(isOf('UserLog')))(
  'entries of %s read, and their hashes are those of the chain',
  (file) => {
    let hash = emptyLogHash;
    for (const sample of JSON.parse(read(file).toString()) as unknown[]) {
      const entry = readEntry(sample);
      hash = entryHash(sha256, hash, entry);
      expect(entry.hash).toBe(hash);
      expect(canonicalJson(entry)).toBe(canonicalJson(sample));
    }
  },
);
