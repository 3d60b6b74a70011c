/** A second version of a read model, as a later release may bring it: names with a mark before them, and found by an index. */
import { tablesOf } from '#db/builds.js';
import { accountsProjection } from '#projections/accounts/projection.js';
import type { ProjectedRecord, Projection } from '#projections/define-projection.js';
import { projections } from '#projections/registry.js';
import { knownReadModels, type KnownReadModels } from '../../apps/admin/projections/known-read-models.js';
import { accountsFold } from '../../apps/admin/verify/accounts-fold.js';
import type { Column, ProjectionFold } from '../../apps/admin/verify/table-fold.js';

const accountsV2 = (schema: string): string =>
  `${tablesOf['accounts_v1']!(schema)} create index on ${schema}.accounts (lower(display_name));`;

const projectionV2 = (mark: (name: string) => string): Projection => ({
  ...accountsProjection,
  version: 2,
  fold: (tx, schema, records) =>
    accountsProjection.fold(
      tx,
      schema,
      records.map((record) => marked(record, mark)),
    ),
});

function marked(record: ProjectedRecord, mark: (name: string) => string): ProjectedRecord {
  const events = record.events.map((event) => {
    const { data } = event as { data?: { display_name?: string } };
    if (data?.display_name === undefined) return event;
    return { ...event, data: { ...data, display_name: mark(data.display_name) } };
  });
  return { ...record, events };
}

const [accounts, ...others] = accountsFold.tables;
const name: Column = {
  name: 'display_name',
  type: 'uuid',
  isHidden: true,
  live: "case when display_name like '@%' then md5(substr(display_name, 2))::uuid end",
};
const columns = accounts!.columns.map((column) => (column.name === name.name ? name : column));
const foldV2: ProjectionFold = {
  ...accountsFold,
  version: 2,
  tables: [{ ...accounts!, columns }, ...others],
};

/** What the release knows that brings it, and version 1 as well. */
const knownWith = (v2: Projection): KnownReadModels => ({
  projections: [...projections, v2],
  tables: { ...tablesOf, accounts_v2: accountsV2 },
  folds: [...knownReadModels.folds, foldV2],
});

export const withAccountsV2 = knownWith(projectionV2((text) => `@${text}`));

/** Its fold marks names twice. */
export const withWrongAccountsV2 = knownWith(projectionV2((text) => `@@${text}`));
