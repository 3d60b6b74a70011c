/**
 * No word that anybody wrote or chose stands in what an audit tells of an event, and of a message it is the same before and after its
 * words are gone.
 *
 * Seen failing: with `display_name` told; with the whole body of a message told; with the salt told.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catalogue, type AnyEvent } from '#domain/catalogue.js';
import { shownFields, shownOf } from './shown-fields.js';

const folder = new URL('../../../test/compat/', import.meta.url);
const samples = readdirSync(folder)
  .filter((file) => file.endsWith('.json') && Object.hasOwn(catalogue, file.split('.')[0]!))
  .map((file) => [file, JSON.parse(readFileSync(new URL(file, folder)).toString()) as AnyEvent] as const);

/** Ids, hashes, and words of ours: whatever else is text was somebody's. */
const ours = new Set(
  `direct group channel owner admin member joined all left removed created
   mobile web desktop signed_out revoked refresh_token_reused idle replaced
   audio video requested accepted discarded hangup declined busy missed failed
   renamed code_locked many_codes everybody contacts nobody photo role became_channel (withheld)`.split(
    /\s+/,
  ),
);
const isOurs = (text: string): boolean =>
  ours.has(text) ||
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text) ||
  /^([A-Za-z0-9_-]{43}|[0-9a-f]{16})$/.test(text);

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

describe('what an audit tells', () => {
  it.each(samples)('%s: no words', (_file, { type, data }) => {
    expect(textsIn(shownOf(type, data)).filter((text) => !isOurs(text))).toEqual([]);
  });

  it.each(samples.filter(([, { type }]) => type === 'MessageSent'))(
    '%s: neither text nor salt',
    (_file, event) => {
      const body = (event.data as { readonly body: { readonly salt?: string; readonly commitment?: string } })
        .body;
      const shown = shownOf(event.type, event.data);
      expect(JSON.stringify(shown)).not.toContain(body.salt ?? 'salt');
      if (body.commitment !== undefined) expect(shown['body']).toEqual({ commitment: body.commitment });
    },
  );

  it('every field of every event is told, withheld, or left out on purpose', () => {
    const leftOut = samples.flatMap(([, { type, data }]) => {
      const { told, words } = shownFields[type];
      const named = [...told, ...words].map((path) => path.split('.')[0]);
      return Object.keys(data)
        .filter((field) => !named.includes(field))
        .map((field) => `${type}.${field}`);
    });
    expect([...new Set(leftOut)].toSorted()).toEqual([
      'ChatCreated.description',
      'MessageEdited.reactions',
      'PhoneClaimed.phone_hash',
      'ReactionSet.reactions',
      'UserRegistered.phone_hash',
    ]);
  });

  it('a title that is none is told as none, and one that is there as withheld', () => {
    expect(shownOf('ChatChanged', { title: null, description: 'words' })).toEqual({
      title: null,
      description: '(withheld)',
    });
    expect(shownOf('ReactionSet', { seq: 3, user_id: 'u', emoji: null, reactions: [] })).toEqual({
      seq: 3,
      user_id: 'u',
      emoji: null,
    });
  });
});
