/** Checks a request's parameters against its DTO, strictly: a field that the DTO does not know is an error. */
import 'reflect-metadata';
import { getMetadataStorage, validateSync, ValidateNested, type ValidationError } from 'class-validator';
import { accepts } from './accepts.js';
import type { Dto } from './dto.js';

/** Field path → what is expected there. Never a value. */
export type FieldErrors = Readonly<Record<string, string>>;

export type Validated<T> =
  { readonly ok: true; readonly params: T } | { readonly ok: false; readonly details: FieldErrors };

const named_fields_max = 20;
const field_name_chars_max = 64;

/** Chooses the class that a nested object must be; null when none fits. */
type Choose = (value: Readonly<Record<string, unknown>>) => Dto | null;
interface NestedField {
  readonly expected: string;
  readonly choose: Choose;
  /** The objects stand under names of their own, in an object that is no DTO. */
  readonly isByName?: true;
}
const nestedFields = new Map<object, Map<string, NestedField>>();

/** A field that is an object, or an array of objects, of a class that `choose` finds. */
export function Nested(expected: string, choose: Choose): PropertyDecorator {
  return (prototype, name) => {
    const ofClass = nestedFields.get(prototype) ?? new Map<string, NestedField>();
    nestedFields.set(prototype, ofClass.set(String(name), { expected, choose }));
    ValidateNested({ message: expected })(prototype, name);
  };
}

/** A field of the request itself that holds objects of one class by names, which another decorator checks. */
export function NestedByName(expected: string, dto: Dto): PropertyDecorator {
  return (prototype, name) => {
    const ofClass = nestedFields.get(prototype) ?? new Map<string, NestedField>();
    nestedFields.set(prototype, ofClass.set(String(name), { expected, choose: () => dto, isByName: true }));
  };
}

/** `params` may be anything that JSON can say. */
export function validate<T extends object>(dto: new () => T, params: unknown): Validated<T> {
  const unknown: string[] = [];
  const instance = instantiate(dto, params, '', unknown);
  if (instance === null) return { ok: false, details: { params: 'an object' } };
  const errors =
    fieldsOf(dto).size === 0 || accepts(instance) ? [] : validateSync(instance, validatorOptions);
  const wrong = [
    ...unknown.map((path) => [path, 'no such field'] as const),
    ...errors.flatMap((error) => named(error, '')),
    ...(errors.length > 0 ? [] : wrongByName(dto, instance)),
  ];
  if (wrong.length === 0) return { ok: true, params: instance as T };
  return { ok: false, details: Object.fromEntries(wrong.slice(0, named_fields_max)) };
}

const validatorOptions = {
  whitelist: true,
  forbidNonWhitelisted: true,
  forbidUnknownValues: true,
  stopAtFirstError: true,
  validationError: { target: false, value: false },
} as const;

/** A name of the client's own, as it is told back: MessagePack cannot say half of a pair of surrogates. */
function shown(name: string): string {
  const cut = name.slice(0, field_name_chars_max);
  return cut.isWellFormed() ? cut : cut.slice(0, -1).toWellFormed();
}

/**
 * Only fields that the DTO declares are copied: a field named `__proto__` or `constructor` must not become what the
 * validator takes the class from. The depth is that of the DTOs, however deep the input is.
 */
function instantiate(dto: Dto, value: unknown, path: string, unknown: string[]): object | null {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return null;
  const known = fieldsOf(dto);
  const instance = new dto() as Record<string, unknown>;
  for (const [name, field] of Object.entries(value)) {
    const fieldPath = path + shown(name);
    if (known.has(name)) instance[name] = nestedValue(dto, name, field, fieldPath, unknown);
    else if (unknown.length < named_fields_max) unknown.push(fieldPath);
  }
  return instance;
}

function nestedValue(dto: Dto, name: string, value: unknown, path: string, unknown: string[]): unknown {
  const nested = nestedFields.get(dto.prototype as object)?.get(name);
  if (!nested) return value;
  const one = (item: unknown, itemPath: string): unknown => {
    if (item === null || typeof item !== 'object') return item;
    // An object of no known class, and an array, in which the validator would look for objects, become what it accepts nowhere.
    const chosen = Array.isArray(item) ? null : nested.choose(item as Readonly<Record<string, unknown>>);
    return chosen ? instantiate(chosen, item, `${itemPath}.`, unknown) : null;
  };
  if (nested.isByName) return byName(value, (item, itemName) => one(item, `${path}.${itemName}`));
  return Array.isArray(value) ? value.map((item, index) => one(item, `${path}.${index}`)) : one(value, path);
}

function byName(value: unknown, one: (item: unknown, name: string) => unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  const items = Object.entries(value);
  return Object.fromEntries(items.map(([name, item]) => [name, one(item, shown(name))]));
}

function wrongByName(dto: Dto, instance: object): (readonly [string, string])[] {
  const fields = [...(nestedFields.get(dto.prototype as object) ?? [])].filter(
    ([, { isByName }]) => isByName,
  );
  return fields.flatMap(([name, { expected }]) => {
    const items = Object.entries((instance as Record<string, object>)[name] ?? {}) as [string, unknown][];
    return items.flatMap(([itemName, item]) => {
      const path = `${name}.${shown(itemName)}`;
      if (item === null || typeof item !== 'object' || Array.isArray(item))
        return [[path, expected] as const];
      return validateSync(item, validatorOptions).flatMap((error) => named(error, `${path}.`));
    });
  });
}

const fieldNames = new Map<Dto, ReadonlySet<string>>();

function fieldsOf(dto: Dto): ReadonlySet<string> {
  let names = fieldNames.get(dto);
  if (!names) {
    const metadata = getMetadataStorage().getTargetValidationMetadatas(dto, '', true, false);
    names = new Set(metadata.map(({ propertyName }) => propertyName));
    fieldNames.set(dto, names);
  }
  return names;
}

function named(error: ValidationError, path: string): (readonly [string, string])[] {
  const ownPath = path + error.property;
  const children = (error.children ?? []).flatMap((child) => named(child, `${ownPath}.`));
  const expected = Object.values(error.constraints ?? {})[0];
  return expected === undefined ? children : [[ownPath, expected], ...children];
}
