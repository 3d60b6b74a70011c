/** Changes to a value that was right: another type, a boundary, a member more or less, a text cut or sown with odd characters. */
import type { Random } from '../../support/random.js';
import { nasty, nastyText } from './nasty.js';
import type { Params } from './params.js';

/** What was changed: the field that must be named if exactly this is refused. Null: none, or more than one may be. */
export interface Mutated {
  readonly params: unknown;
  readonly replaced: string | null;
}

export function mutated(params: Params, chance: Random): Mutated {
  const changes = chance.integer(4);
  if (changes === 0) return { params, replaced: null };
  if (chance.integer(40) === 0) return { params: nasty(chance), replaced: null };
  const names = Object.keys(params);
  if (changes === 1 && names.length > 0) {
    const name = chance.pick(names);
    return { params: { ...params, [name]: changed(params[name], chance) }, replaced: name };
  }
  let result: Params = params;
  for (let count = 0; count < changes; count++) result = withChange(result, chance);
  return { params: result, replaced: null };
}

const alien = [
  '__proto__',
  'constructor',
  'toString',
  'chat_id',
  'user_id',
  'identity',
  'silent',
  'limit',
  '',
];

function withChange(params: Params, chance: Random): Params {
  const names = Object.keys(params);
  const name = names.length === 0 ? 'x' : chance.pick(names);
  switch (chance.integer(4)) {
    case 0:
      return Object.fromEntries(Object.entries(params).filter(([key]) => key !== name));
    case 1:
      return { ...params, [name]: changed(params[name], chance) };
    case 2: {
      const added = chance.integer(3) === 0 ? nastyText(chance) : chance.pick(alien);
      return Object.fromEntries([...Object.entries(params), [added, nasty(chance)]]);
    }
    default:
      return { ...params, [name]: params[chance.pick(names.length === 0 ? ['x'] : names)] };
  }
}

function changed(value: unknown, chance: Random): unknown {
  if (chance.integer(3) === 0) return nasty(chance);
  if (typeof value === 'string') return changedText(value, chance);
  if (typeof value === 'number')
    return chance.pick([-value, value + 1, value - 1, value + 0.5, String(value), [value]]);
  if (Array.isArray(value)) return changedArray(value, chance);
  if (value !== null && typeof value === 'object') return withChange(value as Params, chance);
  return chance.pick([!value, String(value), [value], { value }]);
}

function changedText(text: string, chance: Random): unknown {
  const at = chance.integer(text.length + 1);
  if (chance.integer(4) === 0) return reencoded(text, chance);
  return chance.pick<unknown>([
    text.slice(0, at),
    text.slice(0, at) + nastyText(chance) + text.slice(at),
    text.slice(0, at) + String.fromCharCode(chance.integer(0x1_0000)) + text.slice(at + 1),
    text.toUpperCase(),
    text + text,
    [text],
    text.length,
  ]);
}

/** Of what is JSON inside base64url, as cursors of pages are: another value in it. */
function reencoded(text: string, chance: Random): string {
  try {
    const inner: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    const values = Array.isArray(inner) ? inner : [inner];
    const at = chance.integer(values.length + 1);
    const value = chance.pick<unknown>([nasty(chance), values[at], -1, 2 ** 53 - 1]);
    return Buffer.from(JSON.stringify([...values.slice(0, at), value, ...values.slice(at + 1)])).toString(
      'base64url',
    );
  } catch {
    return text.split('').toReversed().join('');
  }
}

function changedArray(items: readonly unknown[], chance: Random): unknown {
  return chance.pick<unknown>([
    [],
    [...items, ...items],
    Array.from({ length: 1_500 }, (_, at) => (typeof items[0] === 'string' ? items[0].slice(0, 40) : at)),
    [...items, nasty(chance)],
    items.map((item) => changed(item, chance)),
    items[0],
    Object.fromEntries(items.map((item, at) => [String(at), item])),
  ]);
}
