/** What every answer must be, whatever was asked: well-formed, of the catalogue, and naming what was wrong. */
import { errorCatalogue, jsonRpcCodes, type ErrorCode } from '#protocol/errors.js';
import type { Dto } from '#protocol/dto.js';
import { isMethodName, methods } from '#protocol/methods.js';
import { validate } from '#protocol/validate.js';
import type { SentRequest } from './generate/inputs.js';

type Value = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Value =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

const ownCodes: Partial<Record<ErrorCode, number>> = {
  PARSE_ERROR: jsonRpcCodes.parse_error,
  INVALID_REQUEST: jsonRpcCodes.invalid_request,
  METHOD_NOT_FOUND: jsonRpcCodes.method_not_found,
  INVALID_PARAMS: jsonRpcCodes.invalid_params,
  INTERNAL: jsonRpcCodes.internal_error,
};
const isErrorCode = (code: unknown): code is ErrorCode =>
  typeof code === 'string' && Object.hasOwn(errorCatalogue, code);

/** Undefined: nothing is wrong with this answer. */
export function wrongAnswer(answer: unknown): string | undefined {
  if (!isObject(answer)) return 'an answer is no object';
  const { jsonrpc, id, result, error } = answer;
  if (jsonrpc !== '2.0') return 'jsonrpc is not "2.0"';
  if (id !== null && typeof id !== 'string' && !Number.isSafeInteger(id)) return 'the id is none';
  if ((result === undefined) === (error === undefined)) return 'not exactly one of result and error';
  if (result !== undefined) return isObject(result) ? undefined : 'the result is no object';
  if (!isObject(error)) return 'the error is no object';
  const { code, message, data } = error;
  if (!isObject(data)) return 'the error has no data';
  const wrong = wrongError(data);
  if (wrong !== undefined) return wrong;
  const name = data['code'] as ErrorCode;
  if (code !== (ownCodes[name] ?? jsonRpcCodes.application)) return `${name} came with ${String(code)}`;
  return message === errorCatalogue[name].message ? undefined : `${name} came with another text`;
}

/** Of `error.data`, and of `error` over plain HTTP. */
export function wrongError({ code, retryable, retry_after_ms, details }: Value): string | undefined {
  if (!isErrorCode(code)) return `no such error: ${String(code)}`;
  if (code === 'INTERNAL') return 'INTERNAL';
  if (retryable !== errorCatalogue[code].retryable) return `${code}: retryable is wrong`;
  if (retry_after_ms !== undefined && !(Number.isSafeInteger(retry_after_ms) && Number(retry_after_ms) >= 0))
    return `${code}: retry_after_ms is no duration`;
  if (code === 'INVALID_PARAMS' && (!isObject(details) || Object.keys(details).length === 0))
    return 'INVALID_PARAMS names no field';
  return undefined;
}

/** Of whom exactly one field is not of its shape must be told which; what is wrong in another way may concern two of them. */
export function wrongNaming({ method, params, replaced }: SentRequest, answer: unknown): string | undefined {
  const data = ((answer as Value)['error'] as Value | undefined)?.['data'] as Value | undefined;
  if (replaced === null || data?.['code'] !== 'INVALID_PARAMS' || !isMethodName(method)) return undefined;
  if (validate(methods[method].params as Dto, params).ok) return undefined;
  const named = Object.keys(data['details'] as Value);
  const isNamed = named.some((path) => path === replaced || path.startsWith(`${replaced}.`));
  return isNamed ? undefined : `${replaced} is wrong, and ${named.join(', ')} is named`;
}

export const codeOf = (answer: unknown): string => {
  const { error } = answer as { error?: { data?: { code?: string } } };
  return error === undefined ? 'ok' : (error.data?.code ?? 'none');
};
