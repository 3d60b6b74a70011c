const replicas_max = 5;

export const replicas_expected = `a number from 1 to ${replicas_max}`;

export function parseReplicas(text: string): number | undefined {
  const count = /^\d$/.test(text) ? Number(text) : 0;
  return count >= 1 && count <= replicas_max ? count : undefined;
}
