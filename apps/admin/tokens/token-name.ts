import type { Parameter } from '../operation.js';

export const nameParameter = {
  name: 'name',
  value: 'name',
  help: '',
  expected: '1 to 64 letters, digits, dots, dashes and underscores, as ann or ann.lee',
  parse: (text: string) => (/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text) ? text : undefined),
} as const satisfies Parameter;
