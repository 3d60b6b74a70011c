/** From what a frame (or an HTTP body) says to requests, or to the error that each of them earns. */
import { applicationError, type ApplicationError } from '#protocol/errors.js';
import { request_id_chars_max, type RequestId } from '#protocol/json-rpc.js';
import { limits } from '#protocol/limits.js';
import { depth_max, immodest, values_max } from './frame-size.js';

export interface RpcRequest {
  /** Undefined: a notification, which is carried out and never answered. */
  readonly id: RequestId | undefined;
  readonly method: string;
  /** Anything that JSON can say. */
  readonly params: unknown;
}
export interface RpcMistake {
  readonly id: RequestId;
  readonly mistake: ApplicationError;
}
export type Frame =
  | { readonly kind: 'one'; readonly item: RpcRequest | RpcMistake }
  | { readonly kind: 'batch'; readonly items: readonly (RpcRequest | RpcMistake)[] };

/** Of JSON text. Never throws. */
export const parseFrame = (text: string): Frame => frameOf(parsed(text));

export const unreadable = (details?: Record<string, string>): Frame => ({
  kind: 'one',
  item: { id: null, mistake: applicationError('PARSE_ERROR', details === undefined ? {} : { details }) },
});

/** Of anything that JSON can say; undefined: it could not be read. */
export function frameOf(value: unknown): Frame {
  if (value === undefined) return unreadable();
  if (!Array.isArray(value)) return { kind: 'one', item: requestOf(value) };
  if (value.length === 0 || value.length > limits.batch_max) {
    return { kind: 'one', item: invalid(null, { batch: `1 to ${limits.batch_max} requests` }) };
  }
  return { kind: 'batch', items: value.map(requestOf) };
}

const members = ['jsonrpc', 'id', 'method', 'params'];

function requestOf(value: unknown): RpcRequest | RpcMistake {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return invalid(null, { request: 'an object' });
  }
  const request = value as Record<string, unknown>;
  const id = request['id'];
  const answerId = isRequestId(id) ? id : null;
  const wrong: Record<string, string> = {};
  if (request['jsonrpc'] !== '2.0') wrong['jsonrpc'] = '"2.0"';
  if (id !== undefined && !isRequestId(id)) {
    wrong['id'] = `a text of at most ${request_id_chars_max} characters, or an integer`;
  }
  if (typeof request['method'] !== 'string') wrong['method'] = 'a text';
  if (!Object.keys(request).every((name) => members.includes(name))) {
    wrong['request'] = `no other members than ${members.join(', ')}`;
  }
  if (Object.keys(wrong).length > 0) return invalid(answerId, wrong);
  const params = Object.hasOwn(request, 'params') ? request['params'] : {};
  const tooMuch = immodest(params);
  if (tooMuch.length > 0) {
    const expected = `at most ${depth_max} levels and ${values_max} values`;
    const details = Object.fromEntries(tooMuch.map((name) => [name, expected]));
    return { id: answerId, mistake: applicationError('INVALID_PARAMS', { details }) };
  }
  return { id: id as RequestId | undefined, method: request['method'] as string, params };
}

const invalid = (id: RequestId, details: Record<string, string>): RpcMistake => ({
  id,
  mistake: applicationError('INVALID_REQUEST', { details }),
});

const isRequestId = (id: unknown): id is RequestId =>
  id === null || Number.isSafeInteger(id) || (typeof id === 'string' && id.length <= request_id_chars_max);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
