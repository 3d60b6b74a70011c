/** The n-th input of a seed: always the same, as far as the same was known. */
import { limits } from '#protocol/limits.js';
import { methods, type Method, type MethodName } from '#protocol/methods.js';
import { validate } from '#protocol/validate.js';
import { randomOf, type Random } from '../../support/random.js';
import { damaged, encoded, type Encoding } from './bytes.js';
import type { Known } from './known.js';
import { mutated } from './mutate.js';
import { nasty, nastyText } from './nasty.js';
import { validParams } from './params.js';

export interface SentRequest {
  readonly id: number;
  readonly method: string;
  readonly params: unknown;
  /** The one field that is not as it was made. */
  readonly replaced: string | null;
}

/**
 * `requests`: each must be answered under its id. `raw`: bytes of which only the answer's shape can be judged. `fragments`: the
 * same, in pieces. `http`: see `http-inputs.ts`.
 */
export type Input =
  | { readonly kind: 'requests'; readonly isBatch: boolean; readonly requests: readonly SentRequest[] }
  | { readonly kind: 'raw'; readonly pieces: readonly Buffer[]; readonly isBinary: boolean }
  | { readonly kind: 'http' };

/** A batch is as many as it holds. */
export const sizeOf = (input: Input): number => (input.kind === 'requests' ? input.requests.length : 1);

const names = Object.keys(methods) as MethodName[];
/** Two more than may be. */
const batch_items_max = limits.batch_max + 2;

export function randomOfInput(seed: number, input: number): Random {
  return randomOf((seed ^ Math.imul(input + 1, 0x9e37_79b1)) >>> 0);
}

export function makeInput(chance: Random, encoding: Encoding, known: Known, nextId: () => number): Input {
  const roll = chance.integer(100);
  const request = () => madeRequest(chance, known, nextId());
  if (roll < 55) return { kind: 'requests', isBatch: false, requests: [request()] };
  if (roll < 60) {
    const requests = Array.from({ length: 1 + chance.integer(batch_items_max) }, request);
    return { kind: 'requests', isBatch: true, requests };
  }
  if (roll < 98) return rawInput(chance, encoding, known);
  return { kind: 'http' };
}

function madeRequest(chance: Random, known: Known, id: number): SentRequest {
  const method = chance.pick(names);
  const dto = (methods[method] as Method).params;
  const right = validParams(dto, chance, known);
  const { params, replaced } = mutated(right, chance);
  // Fields may exclude one another, and what answers told may be no value of its kind: then more than one is wrong.
  const isAloneWrong = validate(dto, right).ok;
  const named = chance.integer(200) === 0 ? nastyText(chance) : method;
  return { id, method: named, params, replaced: isAloneWrong ? replaced : null };
}

/** What a frame may say around the parameters, wrong; then perhaps damaged as bytes. */
function rawInput(chance: Random, encoding: Encoding, known: Known): Input {
  const { method, params } = madeRequest(chance, known, 0);
  const right: Record<string, unknown> = { jsonrpc: '2.0', id: nastyText(chance), method, params };
  const member = chance.pick(['jsonrpc', 'id', 'method', 'params', 'more', '__proto__']);
  const wrong = Object.fromEntries([...Object.entries(right), [member, nasty(chance)]]);
  const said = chance.integer(2) === 0 ? right : wrong;
  const frame = encoded(chance.integer(10) === 0 ? [said, wrong, []] : said, encoding);
  const sent = chance.integer(3) === 0 ? frame : damaged(frame, encoding, chance);
  // Bytes that are no UTF-8 do not belong into a text frame, and a client may send one all the same.
  const isBinary = chance.integer(30) === 0 ? encoding === 'json' : encoding === 'msgpack';
  return { kind: 'raw', pieces: chance.integer(10) === 0 ? inPieces(sent, chance) : [sent], isBinary };
}

function inPieces(bytes: Buffer, chance: Random): Buffer[] {
  const at = chance.integer(bytes.length + 1);
  return [bytes.subarray(0, at), Buffer.alloc(0), bytes.subarray(at)];
}
