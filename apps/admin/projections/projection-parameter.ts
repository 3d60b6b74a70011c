import { projections } from '#projections/registry.js';
import type { Parameter } from '../operation.js';

const names = [...new Set(projections.map(({ name }) => name))];

export const projectionParameter: Parameter = {
  name: 'projection',
  help: 'the read model; all of them unless given',
  value: 'projection',
  positional: true,
  parse: (text) => (names.includes(text) ? text : undefined),
  expected: `one of ${names.join(', ')}`,
};

export const oneProjectionParameter: Parameter = {
  ...projectionParameter,
  help: 'the read model',
  required: true,
};
