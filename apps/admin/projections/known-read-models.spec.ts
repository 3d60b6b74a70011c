/** A version is known everywhere or nowhere. Seen failing with a version that has no tables, and with one that verify lacks. */
import { expect, it } from 'vitest';
import { firstSchema } from '#db/build-schema.js';
import { knownReadModels } from './known-read-models.js';

const { projections, tables, folds } = knownReadModels;
const versions = projections.map(({ name, version }) => firstSchema(name, version)).toSorted();

it('whatever is folded has tables, and a fold of its own to be verified by', () => {
  expect(Object.keys(tables).toSorted()).toEqual(versions);
  expect(folds.map(({ projection, version }) => firstSchema(projection, version)).toSorted()).toEqual(
    versions,
  );
});

it('verify compares the tables that are folded', () => {
  for (const { name, version, tables: folded } of projections) {
    const fold = folds.find((one) => one.projection === name && one.version === version)!;
    expect(fold.tables.map(({ table }) => table).toSorted()).toEqual(folded.toSorted());
  }
});
