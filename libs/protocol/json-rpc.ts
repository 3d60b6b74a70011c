/** JSON-RPC 2.0 as Odnix speaks it. */
import { errorCatalogue, jsonRpcCodes, type ApplicationError } from './errors.js';

/** A text of at most this many characters, or an integer. Null: the request could not be read as far as its id. */
export type RequestId = string | number | null;
export const request_id_chars_max = 128;

export interface JsonRpcResult {
  readonly jsonrpc: '2.0';
  readonly id: RequestId;
  readonly result: object;
}
export interface JsonRpcError {
  readonly jsonrpc: '2.0';
  readonly id: RequestId;
  readonly error: { readonly code: number; readonly message: string; readonly data: ApplicationError };
}
export type JsonRpcResponse = JsonRpcResult | JsonRpcError;

export const resultResponse = (id: RequestId, result: object): JsonRpcResult => ({
  jsonrpc: '2.0',
  id,
  result,
});

export function errorResponse(id: RequestId, data: ApplicationError): JsonRpcError {
  const { message } = errorCatalogue[data.code];
  return { jsonrpc: '2.0', id, error: { code: jsonRpcCode(data), message, data } };
}

function jsonRpcCode({ code }: ApplicationError): number {
  switch (code) {
    case 'PARSE_ERROR':
      return jsonRpcCodes.parse_error;
    case 'INVALID_REQUEST':
      return jsonRpcCodes.invalid_request;
    case 'METHOD_NOT_FOUND':
      return jsonRpcCodes.method_not_found;
    case 'INVALID_PARAMS':
      return jsonRpcCodes.invalid_params;
    case 'INTERNAL':
      return jsonRpcCodes.internal_error;
    default:
      return jsonRpcCodes.application;
  }
}
