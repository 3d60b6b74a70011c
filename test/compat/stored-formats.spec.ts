/**
 * Stored bytes never change. The samples beside this file are of every event and version, of decisions and of a user's
 * log, as they were first written; samples are added, never edited.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { restoreAccount, restoreContacts, restorePhone } from '#domain/account/index.js';
import type { ContactsDecision } from '#domain/account/state.js';
import { catalogue, decodeDecision, encodeDecision, type AnyEvent } from '#domain/catalogue.js';
import { isCommittedTo, restoreChat, type ChatDecision } from '#domain/chat/index.js';
import { canonicalJson } from '#domain/kernel/canonical-json.js';
import type { Decision } from '#domain/kernel/decision.js';
import { readEvent } from '#domain/kernel/event-catalogue.js';
import type { Sha256 } from '#domain/kernel/hashing.js';
import { emptyLogHash, entryHash, readEntry } from '#domain/user-log/index.js';
import { decodeAction, encodeAction } from '../../apps/admin/actions/action-event.js';

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
  it.each(decisionFiles)('%s reads, and is written again as it was', (file) => {
    const written = JSON.parse(Buffer.from(encodeDecision(decodeDecision(read(file)))).toString());
    expect(canonicalJson(written)).toBe(canonicalJson(JSON.parse(read(file).toString())));
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
