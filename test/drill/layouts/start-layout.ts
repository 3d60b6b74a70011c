import { startClusterLayout } from './cluster.js';
import type { Layout } from './layout.js';
import { startSingle } from './single.js';

/** `postgres_down_ms`: of a cluster's fault of that name. */
export function startLayout(
  kind: Layout['kind'],
  dataDir: string,
  postgres_down_ms: number,
): Promise<Layout> {
  return kind === 'cluster' ? startClusterLayout(dataDir, postgres_down_ms) : startSingle(dataDir);
}
