/** What was given, checked against what an operation takes: the same for the command line and for JSON bodies. */
import type { AnyOperation, Parameter } from './operation.js';

/** Longer ones are nobody's. */
export const parameter_chars_max = 4_096;
export const reason_chars_max = 500;

export type Given = Readonly<Record<string, unknown>>;

/** Names the field and says what is expected; never what was given. */
export class WrongParameter extends Error {
  override readonly name = 'WrongParameter';
  constructor(
    readonly field: string,
    readonly expected: string,
  ) {
    super(`${field}: expected ${expected}`);
  }
}

const words = (name: string): string[] =>
  name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[\s_-]+/);

/** `evenIfWhole` → `--even-if-whole`. */
export const flagOf = ({ name }: Pick<Parameter, 'name'>): string => `--${words(name).join('-')}`;

/** `evenIfWhole` → `even_if_whole`. */
export const fieldOf = ({ name }: Pick<Parameter, 'name'>): string => words(name).join('_');

/** `given`: by field. Throws WrongParameter. */
export function parseParameters(
  { parameters }: AnyOperation,
  given: Given,
): Readonly<Record<string, unknown>> {
  const known = new Set(parameters.map(fieldOf));
  const strange = Object.keys(given).find((field) => !known.has(field));
  if (strange !== undefined) {
    const all = known.size === 0 ? 'nothing' : `one of ${[...known].join(', ')}`;
    throw new WrongParameter(JSON.stringify(strange.slice(0, 64)), `no such field, but ${all}`);
  }
  const parsed = parameters.flatMap((parameter): [string, unknown][] => {
    const value = parseOne(parameter, given[fieldOf(parameter)]);
    return value === undefined ? [] : [[parameter.name, value]];
  });
  return Object.fromEntries(parsed);
}

function parseOne(parameter: Parameter, given: unknown): unknown {
  const { value, required, parse, expected = `text of up to ${parameter_chars_max} characters` } = parameter;
  const refuse = (what: string) => new WrongParameter(fieldOf(parameter), what);
  if (given === undefined || given === null) {
    if (required) throw refuse(value === undefined ? 'true' : expected);
    return undefined;
  }
  if (value === undefined || (parameter.isValueOptional && typeof given === 'boolean')) {
    if (typeof given !== 'boolean') throw refuse('true or false');
    return given;
  }
  if (typeof given !== 'string' && typeof given !== 'number') throw refuse(expected);
  const text = String(given);
  const parsed = text.length > parameter_chars_max ? undefined : parse === undefined ? text : parse(text);
  if (parsed === undefined) throw refuse(expected);
  return parsed;
}

/** Switches that are off are not given. */
export const isGiven = (parameter: Parameter, given: Given): boolean => {
  const value = given[fieldOf(parameter)];
  return value !== undefined && value !== null && value !== false;
};

/** Whether it changes anything, with what was given. */
export const changes = ({ role, parameters }: AnyOperation, given: Given): boolean =>
  role === 'operator' || parameters.some((one) => one.role === 'operator' && isGiven(one, given));

export const showsText = ({ parameters }: AnyOperation, given: Given): boolean =>
  parameters.some((one) => one.showsText === true && isGiven(one, given));

export const needsReason = (operation: AnyOperation, given: Given): boolean =>
  changes(operation, given) || showsText(operation, given);

/** Whether that it was asked for is kept. */
export const isKept = (operation: AnyOperation, given: Given): boolean =>
  operation.isLook === true || needsReason(operation, given);

/** Whether it ever is. */
export const mayBeKept = ({ role, parameters, isLook }: AnyOperation): boolean =>
  role === 'operator' ||
  isLook === true ||
  parameters.some((one) => one.role === 'operator' || one.showsText === true);

/** Null: none was given. */
export function parseReason(given: unknown): string | null {
  if (given === undefined || given === null) return null;
  const text = typeof given === 'string' ? given.trim() : '';
  if (text === '' || text.length > reason_chars_max)
    throw new WrongParameter('reason', `1 to ${reason_chars_max} characters: why this is done`);
  return text;
}
