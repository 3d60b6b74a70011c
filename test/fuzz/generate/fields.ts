/** What a field of a request may be, made from what its decorator says is expected: the same text that clients are told. */
import { v4 as uuidV4, v7 as uuidV7 } from 'uuid';
import type { Random } from '../../support/random.js';
import type { Kind, Known } from './known.js';

interface Field {
  readonly name: string;
  readonly chance: Random;
  readonly known: Known;
}
type Make = (field: Field, numbers: readonly number[], text: string) => unknown;

const most_items = 12;
const emojis = ['👍', '❤️', '❤', '👩‍👩‍👧', '🇩🇪', null];

const kindOfId: readonly (readonly [RegExp, Kind])[] = [
  [/chat/, 'chat_id'],
  [/user|member|peer|owner/, 'user_id'],
  [/device/, 'device_id'],
  [/media/, 'media_id'],
  [/client_/, 'key'],
];

function id({ name, chance, known }: Field): string {
  const kind = kindOfId.find(([pattern]) => pattern.test(name))?.[1];
  const roll = chance.integer(10);
  if (kind === undefined || roll === 0) return uuidV4();
  if (kind === 'key' && roll < 7) return uuidV7();
  return known.pick(kind, chance);
}

function several<T>(field: Field, [min = 0, max = 1]: readonly number[], make: () => T): T[] {
  const count = min + field.chance.integer(Math.min(max - min, most_items) + 1);
  return [...new Set(Array.from({ length: count }, make))];
}

function opaque({ name, chance, known }: Field): string {
  if (/sync/.test(name)) return known.pick('sync_token', chance);
  if (/cursor/.test(name)) return known.pick('cursor', chance);
  if (/access/.test(name)) return known.pick('access_token', chance);
  if (/refresh/.test(name)) return known.pick('refresh_token', chance);
  return known.pick('opaque', chance);
}

/** Mostly small: what is there has small numbers. */
const integer = ({ chance }: Field, [min = 0, max = Number.MAX_SAFE_INTEGER]: readonly number[]): number => {
  if (chance.integer(8) === 0) return chance.pick([min, max]);
  return Math.min(max, min + chance.integer(chance.integer(4) === 0 ? 10_000 : 12));
};

const words = ['hello', 'how are you?', 'ß', '漢字', '😀', '\u202e', '_', '%'];
const text = ({ chance }: Field, [min = 0, max = 1]: readonly number[]): string => {
  const made = Array.from({ length: 1 + chance.integer(4) }, () => chance.pick(words)).join(' ');
  const fitting = [...made].slice(0, max).join('');
  return chance.integer(20) === 0 ? 'x'.repeat(chance.pick([min, max])) : fitting.padEnd(min, 'x');
};

/** Side by side, over whole characters; whom they mention may be in the chat or not. */
function entities(field: Field, said: string): object[] {
  const { chance } = field;
  const lengths = [...said].map(({ length }) => length);
  let offset = 0;
  return lengths.slice(0, most_items).map((length) => {
    const span = { offset, length };
    offset += length;
    const roll = chance.integer(4);
    if (roll === 0) return { type: 'mention', ...span, user_id: id({ ...field, name: 'user_id' }) };
    if (roll === 1)
      return { type: 'text_link', ...span, url: chance.pick(['https://a.example/ö', 'tel:+1']) };
    return { type: chance.pick(['bold', 'italic', 'spoiler', 'code', 'pre']), ...span };
  });
}

function content(field: Field): object {
  const { chance, known } = field;
  const kind = chance.integer(4);
  if (kind === 0)
    return { type: 'media', media_id: id({ ...field, name: 'media_id' }), caption: text(field, [1, 100]) };
  const envelope = () => ({ device_id: known.pick('device_id', chance), ciphertext: 'YWJj' });
  if (kind === 1) return { type: 'encrypted', envelopes: several(field, [1, 3], envelope) };
  const said = text(field, [1, 4_096]);
  return {
    type: 'text',
    text: said,
    ...(chance.integer(2) === 0 ? { entities: entities(field, said) } : {}),
  };
}

const watermark = ({ chance }: Field): object =>
  chance.integer(2) === 0 ? { seq: chance.integer(9) } : { chat_pts: chance.integer(9) };

const phone = ({ chance, known }: Field): string =>
  chance.integer(3) === 0
    ? `+1555${String(chance.integer(10 ** 7)).padStart(7, '0')}`
    : known.pick('phone', chance);

/** The first that fits makes it. */
const makers: readonly (readonly [RegExp, Make])[] = [
  [/^a UUID/, id],
  [/different UUIDs/, (field, range) => several(field, range, () => id(field))],
  [
    /^(\d+) to (\d+) different integers from (\d+)/,
    (field, [few, many, from]) => several(field, [few!, many!], () => integer(field, [from!, from! + 20])),
  ],
  [/^(an )?integer/, integer],
  [/^a text that the server gave/, opaque],
  [/^a text of/, text],
  [
    /^null, or a text of/,
    (field, [max = 1]) => (field.chance.integer(4) === 0 ? null : text(field, [0, max])),
  ],
  [/^one emoji/, ({ chance }) => chance.pick(emojis)],
  [/phone numbers/, (field) => several(field, [1, 5], () => phone(field))],
  [/phone number/, phone],
  [/six digits/, ({ chance }) => String(chance.integer(10 ** 6)).padStart(6, '0')],
  [/^one of /, ({ chance }, _range, expected) => chance.pick(expected.replace(/^one of /, '').split(', '))],
  [/^true or false/, ({ chance }) => chance.integer(2) === 0],
  [/whose type is/, content],
  [/^\{name, version\}/, () => ({ name: 'fuzz', version: '1' })],
  [/^\{name, type\}/, () => ({ name: 'fuzz', type: 'web' })],
  [
    /watermarks/,
    (field) =>
      Object.fromEntries(
        several(field, [1, 4], () => field.known.pick('chat_id', field.chance)).map((key) => [
          key,
          watermark(field),
        ]),
      ),
  ],
];

/** Undefined: nothing is known that fits any of what is expected. */
export function fieldValue(field: Field, expected: readonly string[]): unknown {
  for (const [pattern, make] of makers) {
    const fitting = expected.find((one) => pattern.test(one));
    if (fitting !== undefined) return make(field, numbersOf(fitting), fitting);
  }
  return undefined;
}

const numbersOf = (expected: string): readonly number[] =>
  [...expected.matchAll(/-?\d+/g)].map(([digits]) => Number(digits));
