import { startClusterLayout } from './cluster.js';
import type { Layout, LayoutOptions } from './layout.js';
import { startSingle } from './single.js';

export function startLayout(kind: Layout['kind'], dataDir: string, options: LayoutOptions): Promise<Layout> {
  return kind === 'cluster' ? startClusterLayout(dataDir, options) : startSingle(dataDir, options);
}
