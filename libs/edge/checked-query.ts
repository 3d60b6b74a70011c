import { Refusal } from '#protocol/refusal.js';
import { validate } from '#protocol/validate.js';

/** The query of a plain HTTP request as its DTO, or INVALID_PARAMS. `numbers`: fields whose digits are a number. */
export function checkedQuery<T extends object>(
  dto: new () => T,
  query: object,
  numbers: readonly (keyof T & string)[] = [],
): T {
  const given = Object.entries(query).map(([name, value]: [string, unknown]) => {
    const isNumber = (numbers as readonly string[]).includes(name) && /^\d{1,15}$/.test(String(value));
    return [name, isNumber ? Number(value) : value] as const;
  });
  const validated = validate(dto, Object.fromEntries(given));
  if (!validated.ok) throw new Refusal('INVALID_PARAMS', { details: validated.details });
  return validated.params;
}
