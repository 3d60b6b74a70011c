import { AdminError } from '../failure.js';
import type { Given } from '../parameters.js';

/** The fields of a JSON body, whose size the application limits, and the reason among them; an empty body has none. */
export function bodyOf(text: unknown): { readonly given: Given; readonly reason: unknown } {
  const body = typeof text === 'string' ? text : '';
  const { reason, ...given } = body.trim() === '' ? {} : parsed(body);
  return { given, reason };
}

function parsed(body: string): Record<string, unknown> {
  try {
    const value = JSON.parse(body) as unknown;
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Answered below, as what is JSON and no object.
  }
  throw new AdminError('PARSE_ERROR', 'The body is not a JSON object.');
}
