/** Every dashboard: observability/grafana/dashboards is made of them. */
import type { Dashboard } from './dashboard.js';
import { gateway } from './gateway.js';
import { overview } from './overview.js';
import { projections } from './projections.js';
import { streams } from './streams.js';
import { sync } from './sync.js';

export const dashboards: readonly Dashboard[] = [overview, sync, streams, projections, gateway];
