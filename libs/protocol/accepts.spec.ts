/**
 * The short way says yes where class-validator finds nothing wrong, and nowhere else: on parameters of every method, right ones and
 * changed ones. Seen failing: conditions left out, nested objects taken as they are, the first constraint of a field alone.
 */
import 'reflect-metadata';
import { validateSync } from 'class-validator';
import { expect, test } from 'vitest';
import { accepts } from './accepts.js';
import type { Dto } from './dto.js';
import { methods } from './methods.js';
import { validate } from './validate.js';
import { seededRandom } from '../../test/support/random.js';
import { Known } from '../../test/fuzz/generate/known.js';
import { mutated } from '../../test/fuzz/generate/mutate.js';
import { shapeOf, validParams, type Params } from '../../test/fuzz/generate/params.js';

const rounds = 120;
const options = { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: true } as const;

test('what is accepted is what the library accepts', () => {
  const chance = seededRandom('accepts');
  const known = new Known();
  const count = { accepted: 0, refused: 0 };
  for (const [method, { params: dto }] of Object.entries(methods) as [string, { params: Dto }][]) {
    if (shapeOf(dto).size === 0) continue;
    for (let round = 0; round < rounds; round++) {
      const { params } = mutated(validParams(dto, chance, known), chance);
      for (const instance of instancesOf(dto, params)) {
        const isRight = validateSync(instance, options).length === 0;
        expect(accepts(instance), `${method} ${JSON.stringify(instance)}`).toBe(isRight);
        count[isRight ? 'accepted' : 'refused'] += 1;
      }
    }
  }
  expect(count.accepted).toBeGreaterThan(1_000);
  expect(count.refused).toBeGreaterThan(1_000);
});

/** With nested objects as they came, which are right nowhere, and as they are made; without fields that there are not. */
function instancesOf(dto: Dto, params: unknown): object[] {
  const declared = Object.entries((params ?? {}) as Params).filter(([name]) => shapeOf(dto).has(name));
  const plain = Object.assign(new dto(), Object.fromEntries(declared));
  const validated = validate(dto, params);
  return validated.ok ? [plain, validated.params] : [plain];
}
