/**
 * Stored messages to rows of the scratch tables. Written apart from the catalogue and the projector on purpose: it is the
 * other opinion on what the stored bytes say (docs/adr/0022). What it does not understand becomes a row of `unreadable`.
 */
import { createHash } from 'node:crypto';
import type { StoredMessage } from '#streams/stored-message.js';
import { foundBy } from './found-by.js';
import type { ScratchTable } from './scratch-tables.js';

export type Value = string | number | null;
export interface ScratchRow {
  readonly table: ScratchTable;
  readonly values: readonly Value[];
}
type Json = Record<string, any>;

/** The latest versions of events that the folds here were written for, where they are not the first; the folds know all before. */
const known_versions: Readonly<Record<string, number>> = { ChatCreated: 2 };
const known_types = new Set(
  (
    'ChatCreated ChatChanged MembersAdded MemberRemoved RoleChanged BecameChannel MemberBanned MemberUnbanned DirectBlocked CallChanged MessageSent ' +
    'MessageEdited Tombstoned ReactionSet UserRegistered DeviceAdded DeviceRevoked SignInFailed ' +
    'UserBlocked UserUnblocked ChatSettingsChanged ProfileChanged PrivacyChanged ContactSet MessagesHidden ' +
    'PhoneClaimed ReadCursorMoved DeliveredCursorMoved DeviceCursorMoved'
  ).split(' '),
);

export function scratchRows(stream: string, message: StoredMessage): readonly ScratchRow[] {
  const { sequence, subject } = message;
  try {
    const value = JSON.parse(decoder.decode(message.data)) as Json;
    if (value.format !== 1) throw new Unreadable('a format other than 1');
    if (subject === `timeline.${stream}`) return positionRows(stream, sequence, value);
    const [root = '', , aggregateId = ''] = subject.split('.');
    if (root === 'user') return [entryRow(stream, sequence, aggregateId, value)];
    return decisionRows(stream, sequence, root, aggregateId, value);
  } catch (error) {
    // A parser's own words would quote what it read.
    const what = error instanceof Unreadable ? error.message : 'not what its subject holds';
    return [{ table: 'unreadable', values: [stream, sequence, what] }];
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true });

class Unreadable extends Error {}

function decisionRows(
  stream: string,
  sequence: number,
  root: string,
  aggregateId: string,
  { events, meta, request, decision_id }: Json,
): readonly ScratchRow[] {
  const rows: ScratchRow[] = (events as Json[]).map((event, index) => {
    const { type, version, chat_pts, data } = event;
    if (!known_types.has(type) || !(version >= 1 && version <= (known_versions[type] ?? 1)))
      throw new Unreadable('an event of a type or version that verify was not written for');
    const place = [stream, sequence, index, aggregateId, root, type, number(chat_pts)];
    const aboutSeq = type === 'ReactionSet' ? number(data.seq) : (data.message?.seq ?? null);
    const facts = JSON.stringify({ ...(withoutWords(data) as Json), ...searchFacts(aggregateId, data) });
    const values = [...place, aboutSeq, number(meta.occurred_at_ms), facts, digest(JSON.stringify(event))];
    return { table: 'events', values };
  });
  const user_id = meta.actor.user_id;
  const keyed = (sender: string, key: string, hash: string): ScratchRow => ({
    table: 'requests',
    values: [stream, sequence, aggregateId, sender, key, hash, decision_id],
  });
  if (request && user_id !== null) rows.push(keyed(user_id, request.id, request.hash));
  for (const { type, data } of events as Json[]) {
    const { sender_id, sender_device_id, client_msg_id } = data.message ?? {};
    if (type === 'Tombstoned' && sender_device_id !== null) rows.push(keyed(sender_id, client_msg_id, ''));
  }
  return rows;
}

function entryRow(stream: string, sequence: number, userId: string, entry: Json): ScratchRow {
  const { pts, kind, date_ms, source, chat_id, chat_pts, seq, values, commitment, hash } = entry;
  const numbered = [stream, sequence, userId, number(pts), string(kind), number(date_ms)];
  const from = [string(source.stream), number(source.sequence), number(source.index)];
  const about = [chat_id ?? null, chat_pts ?? null, seq ?? null];
  const text = values === undefined ? null : JSON.stringify(values);
  const own = [text, text === null ? null : digest(text), commitment ?? null, string(hash)];
  return { table: 'entries', values: [...numbered, ...from, ...about, ...own] };
}

function positionRows(stream: string, sequence: number, { positions }: Json): readonly ScratchRow[] {
  return Object.entries(positions as Json).map(([source, position]) => ({
    table: 'positions',
    values: [stream, sequence, source, number(position)],
  }));
}

/** Of a message with words, a hash of what it is found by. */
function searchFacts(chatId: string, { message, body }: Json): Json {
  const words = message && body ? foundBy(chatId, body.content) : null;
  return words === null ? {} : { found_by: digest(words) };
}

/** Fields that hold what people wrote, chose or keep secret. */
const words = new Set(
  'title description content salt emoji reactions display_name about nickname name phone_hash'.split(' '),
);

function withoutWords(value: unknown, key?: string): unknown {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  if (key !== undefined && words.has(key)) {
    return digest(typeof value === 'string' ? storable(value) : JSON.stringify(value));
  }
  if (typeof value === 'string') return storable(value);
  if (Array.isArray(value)) return value.map((one) => withoutWords(one));
  return Object.fromEntries(
    Object.entries(value as Json).map(([name, one]) => [name, withoutWords(one, name)]),
  );
}

/** Columns of text hold U+FFFD where people sent what Postgres cannot store: U+0000 and lone surrogates. */
const storable = (text: string): string => text.replaceAll('\u0000', '\uFFFD').toWellFormed();

/** As Postgres' `md5(text)::uuid` of the same text. */
export const digest = (text: string): string => createHash('md5').update(text).digest('hex');

function number(value: unknown): number {
  if (!Number.isSafeInteger(value)) throw new Unreadable('a number is missing');
  return value as number;
}

function string(value: unknown): string {
  if (typeof value !== 'string') throw new Unreadable('a text is missing');
  return value;
}
