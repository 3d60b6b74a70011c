import type { Parameter } from '../operation.js';

export const replicas_max = 5;

export const replicasParameter = (help: string): Parameter => ({
  name: 'replicas',
  value: 'count',
  help,
  parse: (text) =>
    /^\d$/.test(text) && Number(text) >= 1 && Number(text) <= replicas_max ? Number(text) : undefined,
  expected: `1 to ${replicas_max}`,
});

export interface ReplicasParams {
  readonly replicas?: number;
}
