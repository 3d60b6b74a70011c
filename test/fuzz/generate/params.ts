/** Parameters that a request's class accepts, mostly, from the decorators of its fields. */
import { getMetadataStorage } from 'class-validator';
import type { Dto } from '#protocol/dto.js';
import { validate } from '#protocol/validate.js';
import type { Random } from '../../support/random.js';
import { fieldValue } from './fields.js';
import type { Known } from './known.js';

export type Params = Record<string, unknown>;

export interface FieldShape {
  readonly expected: readonly string[];
  readonly isOptional: boolean;
}
const shapes = new Map<Dto, ReadonlyMap<string, FieldShape>>();

/** So often it is tried to make what the class accepts: fields may exclude one another. */
const tries_max = 8;

export function validParams(dto: Dto, chance: Random, known: Known): Params {
  let params: Params = {};
  for (let tries = 0; tries < tries_max; tries++) {
    params = Object.fromEntries(
      [...shapeOf(dto)].flatMap(([name, { expected, isOptional }]) => {
        if (isOptional && chance.integer(2) === 0) return [];
        const value = fieldValue({ name, chance, known }, expected);
        return value === undefined ? [] : [[name, value]];
      }),
    );
    if (validate(dto, params).ok) break;
  }
  return params;
}

/** What a request's class says of its fields. */
export function shapeOf(dto: Dto): ReadonlyMap<string, FieldShape> {
  let shape = shapes.get(dto);
  if (shape === undefined) {
    const fields = new Map<string, { expected: string[]; isOptional: boolean }>();
    for (const { propertyName, type, name } of getMetadataStorage().getTargetValidationMetadatas(
      dto,
      '',
      true,
      false,
    )) {
      const field = fields.get(propertyName) ?? { expected: [], isOptional: false };
      if (type === 'conditionalValidation') field.isOptional = true;
      if (name !== undefined) field.expected.push(name);
      fields.set(propertyName, field);
    }
    shapes.set(dto, (shape = fields));
  }
  return shape;
}
