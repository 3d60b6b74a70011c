/** The boundaries of .dependency-cruiser.cjs can fail: in a tree of its own each rule meets a violation planted for it. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const repository = resolve(import.meta.dirname, '../..');

/** Rule → the file that breaks it → what it imports. */
const planted = {
  'domain-is-pure': ['libs/domain/planted.ts', 'node:fs'],
  'protocol-knows-the-wire-only': ['libs/protocol/planted.ts', 'kysely'],
  'observability-stands-alone': ['observability/planted.ts', '../libs/domain/innocent.js'],
  'streams-know-nats-and-domain': ['streams/planted.ts', 'kysely'],
  'db-knows-postgres-only': ['db/planted.ts', '../libs/domain/innocent.js'],
  'projections-do-not-read-streams': ['libs/projections/one/planted.ts', '../../../streams/innocent.js'],
  'projections-do-not-know-each-other': ['libs/projections/one/curious.ts', '../two/innocent.js'],
  'edge-does-not-know-read-models': ['libs/edge/planted.ts', '../../db/innocent.js'],
  'jobs-know-no-effect': ['libs/jobs/planted.ts', '../../db/innocent.js'],
  'process-knows-no-app': ['libs/process/planted.ts', '../domain/innocent.js'],
  'client-has-no-server-code': ['libs/client/planted.ts', '../../streams/innocent.js'],
  'client-is-of-no-platform': ['libs/client/browser/planted.ts', 'node:crypto'],
  'client-takes-types-of-requests': ['libs/client/request.ts', '../protocol/innocent.js'],
  'verify-shares-nothing-with-the-projector': [
    'apps/admin/verify/planted.ts',
    '../../../streams/planted-way.js',
  ],
  'apps-do-not-import-apps': ['apps/gateway/planted.ts', '../api/innocent.js'],
  'rooms-do-not-read-apps-or-tests': ['streams/backwards.ts', '../apps/api/innocent.js'],
  'no-cycles': ['libs/domain/cycle-back.ts', './cycle.js'],
  resolvable: ['libs/domain/nowhere.ts', './is-not-there.js'],
} as const;
const innocent = ['libs/domain', 'libs/protocol', 'libs/projections/two', 'streams', 'db', 'apps/api'].map(
  (room) => `${room}/innocent.ts`,
);

let tree: string;
let violations: { rule: string; from: string }[];

beforeAll(() => {
  tree = mkdtempSync(join(tmpdir(), 'odnix-boundaries-'));
  symlinkSync(join(repository, 'node_modules'), join(tree, 'node_modules'));
  write('package.json', '{"type": "module"}');
  write('tsconfig.json', '{"compilerOptions": {"module": "nodenext", "moduleResolution": "nodenext"}}');
  for (const path of innocent) write(path, 'export const innocent = 1;\n');
  for (const [path, imported] of Object.values(planted)) write(path, `export * from '${imported}';\n`);
  write('streams/planted-way.ts', "export * from '../libs/domain/innocent.js';\n");
  write('libs/domain/cycle.ts', "export * from './cycle-back.js';\n");
  violations = cruise();
});
afterAll(() => rmSync(tree, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(tree, path)), { recursive: true });
  writeFileSync(join(tree, path), text);
}

function cruise(): { rule: string; from: string }[] {
  const program = join(repository, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const config = join(repository, '.dependency-cruiser.cjs');
  const rooms = ['apps', 'libs', 'streams', 'db', 'observability'];
  const options = { cwd: tree, encoding: 'utf8', maxBuffer: 64 << 20 } as const;
  const { stdout } = spawnSync(
    process.execPath,
    [program, '--config', config, '-T', 'json', ...rooms],
    options,
  );
  const found: { rule: { name: string }; from: string }[] = JSON.parse(stdout).summary.violations;
  return found.map(({ rule, from }) => ({ rule: rule.name, from }));
}

test.each(Object.entries(planted))('%s is enforced', (rule, [path]) => {
  expect(violations).toContainEqual({ rule, from: path });
});

test('every rule has a violation planted for it, and the innocent break none', async () => {
  const { default: config } = await import(join(repository, '.dependency-cruiser.cjs'));
  const names = config.forbidden.map(({ name }: { name: string }) => name);
  expect(Object.keys(planted).toSorted()).toEqual(names.toSorted());
  expect(violations.filter(({ from }) => innocent.includes(from))).toEqual([]);
});
