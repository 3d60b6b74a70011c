/**
 * Whether class-validator would find nothing wrong, by its own metadata and its own constraints, but without what it makes to be able
 * to tell: three arrays and two objects a field, and all metadata sorted anew a call. What is not accepted here is given to the library.
 */
import { getMetadataStorage, type ValidatorConstraintInterface } from 'class-validator';

type Condition = (object: object, value: unknown) => boolean;

interface Check {
  readonly constraints: readonly ValidatorConstraintInterface[];
  readonly targetName: string;
  readonly property: string;
  readonly arguments: unknown[];
}

interface FieldPlan {
  readonly name: string;
  readonly conditions: readonly Condition[];
  readonly checks: readonly Check[];
  readonly isNested: boolean;
}

/** Null: something stands in the metadata that this does not know. */
type Plan = readonly FieldPlan[] | null;

const plans = new Map<unknown, Plan>();

/** `instance`: of a class with decorated fields; fields that the class does not declare were left out before. */
export function accepts(instance: object): boolean {
  const plan = planOf(instance.constructor);
  return plan !== null && plan.length > 0 && plan.every((field) => acceptsField(field, instance));
}

function acceptsField({ name, conditions, checks, isNested }: FieldPlan, object: object): boolean {
  const value = (object as Record<string, unknown>)[name];
  for (const holds of conditions) if (!holds(object, value)) return true;
  for (const { constraints, targetName, property, arguments: given } of checks) {
    const told = { object, value, targetName, property, constraints: given };
    for (const constraint of constraints) if (constraint.validate(value, told) !== true) return false;
  }
  return !isNested || acceptsNested(value);
}

function acceptsNested(value: unknown): boolean {
  if (value === undefined) return true;
  if (Array.isArray(value)) return value.every(acceptsNested);
  return value instanceof Object && accepts(value);
}

function planOf(dto: unknown): Plan {
  let plan = plans.get(dto);
  if (plan === undefined) plans.set(dto, (plan = planned(dto as new () => object)));
  return plan;
}

function planned(dto: new () => object): Plan {
  const storage = getMetadataStorage();
  const all = storage.getTargetValidationMetadatas(dto, '', true, false);
  const fields: FieldPlan[] = [];
  for (const [name, metadata] of Map.groupBy(all, ({ propertyName }) => propertyName)) {
    const conditions: Condition[] = [];
    const checks: Check[] = [];
    let isNested = false;
    for (const { type, each, validateIf, constraints, constraintCls } of metadata) {
      if (each || validateIf) return null;
      if (type === 'conditionalValidation') conditions.push(constraints[0] as Condition);
      else if (type === 'nestedValidation') isNested = true;
      else if (type === 'customValidation') {
        const known = storage.getTargetValidatorConstraints(constraintCls);
        const instances = known.map(({ instance }) => instance);
        checks.push({
          constraints: instances,
          targetName: dto.name,
          property: name,
          arguments: constraints ?? [],
        });
      } else return null;
    }
    fields.push({ name, conditions, checks, isNested });
  }
  return fields;
}
