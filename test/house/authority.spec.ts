/** The tables of docs/authority.md are made from the code: `npm run generate:authority` after a change of it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { expect, it } from 'vitest';
import { databaseApps, roleGrants, roleOf, type Grant } from '#db/role-grants.js';
import { apps, permissions, type Right } from '#streams/permissions.js';

const page = join(import.meta.dirname, '../../docs/authority.md');

it('docs/authority.md shows what the code permits', async () => {
  const text = readFileSync(page, 'utf8');
  const [before, , after] = text.split(/<!-- (?:made from the code|end) -->\n/);
  const made = `${before}<!-- made from the code -->\n\n${tables()}\n<!-- end -->\n${after}`;
  const formatted = await format(made, { ...(await resolveConfig(page)), filepath: page });
  await expect(formatted).toMatchFileSnapshot(page);
});

const tables = (): string =>
  [
    ...apps.flatMap((app) => [
      `### ${app} in NATS`,
      '| may | subject | of | why |\n| --- | --- | --- | --- |',
      ...permissions[app].map(natsRow),
      '',
    ]),
    ...databaseApps.flatMap((app) => [
      `### ${app} in Postgres: \`${roleOf(app)}\``,
      '| on | tables | may | why |\n| --- | --- | --- | --- |',
      ...roleGrants[app].map(postgresRow),
      '',
    ]),
  ].join('\n');

const row = (...cells: string[]): string => `| ${cells.join(' | ')} |`;

const natsRow = ({ may, subject, owner, why }: Right): string => row(may, `\`${subject}\``, owner, why);

function postgresRow({ on, tables: names, may, why }: Grant): string {
  const where = 'schema' in on ? `\`${on.schema}\`` : `\`${on.projection}\`, every version`;
  return row(where, names === undefined ? 'all' : names.join(', '), may.join(', '), why);
}
