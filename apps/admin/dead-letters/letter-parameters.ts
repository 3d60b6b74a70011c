import { isJobName } from '#streams/subjects.js';
import type { Parameter } from '../operation.js';

const positive = (text: string): number | undefined =>
  /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined;

export const idParameter: Parameter = {
  name: 'id',
  value: 'id',
  positional: true,
  help: 'the dead letter, as dead-letters list shows it',
  parse: positive,
  expected: 'a number from dead-letters list',
};
export const kindParameter: Parameter = {
  name: 'kind',
  value: 'kind',
  help: 'of this kind of job only',
  parse: (text) => (isJobName(text) ? text : undefined),
  expected: 'the name of a kind of job',
};
export const positiveParameter = (name: string, help: string): Parameter => ({
  name,
  value: 'n',
  help,
  parse: positive,
  expected: 'a number from 1',
});
