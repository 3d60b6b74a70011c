import { Refusal } from '#protocol/refusal.js';
import { validate } from '#protocol/validate.js';

/** The body of a plain HTTP request as its DTO, or INVALID_PARAMS. */
export function checkedBody<T extends object>(dto: new () => T, text: unknown): T {
  const validated = validate(dto, parsed(text));
  if (!validated.ok) throw new Refusal('INVALID_PARAMS', { details: validated.details });
  return validated.params;
}

function parsed(text: unknown): unknown {
  try {
    return JSON.parse(String(text)) as unknown;
  } catch {
    throw new Refusal('PARSE_ERROR');
  }
}
