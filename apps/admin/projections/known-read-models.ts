import { tablesOf, type VersionTables } from '#db/builds.js';
import type { Projection } from '#projections/define-projection.js';
import { projections } from '#projections/registry.js';
import { folds } from '../verify/folds.js';
import type { ProjectionFold } from '../verify/table-fold.js';

/** What a release knows of read models: of each version how it is folded, what its tables are, and what they must hold. */
export interface KnownReadModels {
  readonly projections: readonly Projection[];
  readonly tables: VersionTables;
  readonly folds: readonly ProjectionFold[];
}

export const knownReadModels: KnownReadModels = { projections, tables: tablesOf, folds };
