/** Takes the unit costs from results of `all`, and makes docs/capacity.md of them. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Recorded } from '../support/options.js';
import { capacityPage } from './page.js';
import { unitCostsOf, type UnitCosts } from './unit-costs.js';

export interface CapacityBench {
  readonly results: string;
  readonly docs: string;
}

const unitCosts = join(import.meta.dirname, 'unit-costs.json');
const needed = ['direct-apps', 'group-apps', 'idle-10000'] as const;

/** Without all the results that it needs, of the costs that stand. Says which. */
export function makeCapacity({ results, docs }: CapacityBench): string {
  const files = needed.map((name) => join(results, `${name}.json`));
  const missing = files.filter((file) => !existsSync(file));
  if (missing.length === 0) writeFileSync(unitCosts, `${JSON.stringify(costsOf(files), null, 2)}\n`);
  const costs = JSON.parse(readFileSync(unitCosts, 'utf8')) as UnitCosts;
  const page = join(docs, 'capacity.md');
  writeFileSync(page, capacityPage(costs));
  const from = missing.length === 0 ? `of ${results}` : `that stand: ${missing.join(', ')} were not measured`;
  return `${page} is made of the unit costs ${from}.`;
}

function costsOf(files: readonly string[]): UnitCosts {
  const [direct, group, idle] = files.map((file) => JSON.parse(readFileSync(file, 'utf8')) as Recorded);
  const { at, cores, node, load_before } = direct!;
  const conditions = `${at.slice(0, 10)}, ${cores} cores, Node ${node}, load of the machine before: ${load_before.toFixed(1)}`;
  return unitCostsOf({
    conditions,
    direct: direct!.figures,
    group: group!.figures,
    group_members: Number(group!.settings['members']),
    idle: idle!.figures,
  });
}
