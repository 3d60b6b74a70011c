import { startClusterLayout, type ClusterLayoutOptions } from './cluster.js';
import type { Layout } from './layout.js';
import { startSingle } from './single.js';

export function startLayout(
  kind: Layout['kind'],
  dataDir: string,
  options: ClusterLayoutOptions,
): Promise<Layout> {
  return kind === 'cluster' ? startClusterLayout(dataDir, options) : startSingle(dataDir);
}
