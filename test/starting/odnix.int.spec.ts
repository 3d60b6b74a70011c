/**
 * Starting and stopping the built program, as a user meets it.
 *
 * Seen failing: without `servers.stop()`, "stops in order"; without the search for orphans, "after SIGKILL"; without the
 * lock's `begin exclusive`, "a second copy"; with NATS on 0.0.0.0, "loopback"; with secrets of mode 0644, "readable by
 * their owner alone"; with every further signal taken for a second Ctrl-C, "arrives twice".
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { afterEach, describe, expect, it } from 'vitest';
import { connectNats } from '#streams/connection.js';
import { builtProgram } from '../support/built.js';
import { isAlive, listeningAddresses, LaunchedOdnix, type LaunchOptions } from '../support/launched-odnix.js';
import { freshDirectory } from '../support/run-directory.js';

const loopback = ['0100007F', '00000000000000000000000001000000'];
const isRoot = process.getuid?.() === 0;
const nobody = { uid: 65_534, gid: 65_534 };
const started: LaunchedOdnix[] = [];

afterEach(async () => {
  for (const odnix of started.splice(0)) {
    await odnix.stop();
  }
});

function start(dataDir: string, options: LaunchOptions = {}): LaunchedOdnix {
  const odnix = new LaunchedOdnix({ ...options, env: { ODNIX_DATA_DIR: dataDir, ...options.env } });
  started.push(odnix);
  return odnix;
}

async function expectHealthy(odnix: LaunchedOdnix): Promise<void> {
  const response = await fetch(`${await odnix.url()}/v1/health/live`);
  expect(response.status).toBe(200);
}

describe('a start', () => {
  it('serves, says what to do next, listens on loopback alone, and stops in order', async () => {
    const data = join(freshDirectory(), 'data');
    const odnix = start(data);
    await expectHealthy(odnix);
    expect(odnix.output).toContain('npm run chat -- --phone +15550100');
    expect(odnix.output).toContain(data);
    const family = odnix.family();
    const addresses = listeningAddresses(family);
    expect(addresses.length).toBeGreaterThanOrEqual(3);
    expect(addresses.filter((address) => !loopback.includes(address))).toEqual([]);
    odnix.signal('SIGTERM');
    expect(await odnix.exited).toBe(0);
    expect(family.filter(isAlive)).toEqual([]);
  });

  it('listens elsewhere when told to', async () => {
    const odnix = start(freshDirectory(), { env: { HOST: '0.0.0.0' } });
    await odnix.url();
    // The admin API and the health of the process stay where they are.
    expect(listeningAddresses([odnix.pid]).toSorted()).toEqual(['00000000', '0100007F', '0100007F']);
  });

  it('keeps generated secrets readable by their owner alone, and prints none', async () => {
    const data = freshDirectory();
    const odnix = start(data);
    await odnix.url();
    for (const name of ['odnix', 'nats', 'postgres']) {
      const file = join(data, 'secrets', name);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(odnix.output).not.toContain(readFileSync(file, 'utf8').trim());
    }
  });

  it('stops on Ctrl-C also while it is still starting', async () => {
    const data = freshDirectory();
    const odnix = start(data);
    await expect.poll(() => odnix.output, { interval: 5 }).toContain('Starting');
    const family = odnix.family();
    odnix.signal('SIGINT');
    expect(await odnix.exited).toBe(0);
    expect(family.filter(isAlive)).toEqual([]);
    // The interruption of a check must not decide, for ever, where PostgreSQL's files are.
    expect(lstatSync(join(data, 'postgres'), { throwIfNoEntry: false })?.isSymbolicLink()).not.toBe(true);
    await expectHealthy(start(data));
  });

  it('takes one Ctrl-C that arrives twice, as npm passes it on, for one', async () => {
    const odnix = start(freshDirectory());
    await odnix.url();
    odnix.signal('SIGINT');
    await expect.poll(() => odnix.output, { interval: 5 }).toContain('Stopping');
    odnix.signal('SIGINT');
    expect(await odnix.exited).toBe(0);
  });

  it('ends with a failure when an embedded server ends', async () => {
    const data = freshDirectory();
    const odnix = start(data);
    await odnix.url();
    process.kill(natsPid(data), 'SIGKILL');
    expect(await odnix.exited).toBe(1);
    expect(odnix.output).toContain('The embedded NATS server');
  });
});

describe('after SIGKILL', () => {
  it.each([
    ['of its process group, which leaves orphans', (odnix: LaunchedOdnix) => odnix.signal('SIGKILL')],
    [
      'of everything at once',
      (odnix: LaunchedOdnix) => odnix.family().forEach((pid) => isAlive(pid) && process.kill(pid, 'SIGKILL')),
    ],
  ])('%s it starts again with what was acknowledged', async (_, kill) => {
    const data = freshDirectory();
    const first = start(data);
    await first.url();
    const seq = await publish(data);
    const family = first.family();
    kill(first);
    await first.exited;
    const second = start(data);
    await expectHealthy(second);
    expect(family.filter(isAlive)).toEqual([]);
    expect(await stored(data, seq)).toBe('acknowledged');
  });
});

describe('a second copy', () => {
  it('on the same data directory is refused with the process id of the first', async () => {
    const data = freshDirectory();
    const first = start(data);
    await first.url();
    const second = start(data);
    expect(await second.exited).toBe(1);
    expect(second.output).toContain(`process ${first.pid}`);
    expect(second.output).toContain('ODNIX_DATA_DIR');
    await expectHealthy(first);
  });

  it('started at the same moment is refused as well', async () => {
    const data = freshDirectory();
    const copies = [start(data), start(data), start(data)];
    const outcomes = await Promise.all(
      copies.map((copy) => copy.url().catch((error: Error) => error.message)),
    );
    expect(outcomes.filter((outcome) => outcome.startsWith('http'))).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome.includes('Another Odnix'))).toHaveLength(2);
  });
});

describe('the command line', () => {
  it('refuses a wrong setting with exit code 2 and its name', async () => {
    const data = join(freshDirectory(), 'never-made');
    const odnix = start(data, { env: { PORT: 'http', DATABASE_URL: 'mysql://u:hunter2@h' } });
    expect(await odnix.exited).toBe(2);
    expect(odnix.output).toContain('PORT: expected a port');
    expect(odnix.output).toContain('DATABASE_URL: expected');
    expect(odnix.output).not.toContain('hunter2');
  });

  it.each([['--verbose'], ['serve']])('refuses %s with exit code 2', async (argument) => {
    const odnix = start(freshDirectory(), { args: [argument] });
    expect(await odnix.exited).toBe(2);
    expect(odnix.output).toContain('--help');
  });

  it('prints every setting for --help', async () => {
    const odnix = start(freshDirectory(), { args: ['--help'] });
    expect(await odnix.exited).toBe(0);
    for (const name of [
      'PORT',
      'HOST',
      'ODNIX_DATA_DIR',
      'NATS_URL',
      'DATABASE_URL',
      'ODNIX_SECRET',
      'NODE_ENV',
    ]) {
      expect(odnix.output).toMatch(new RegExp(`^  ${name} `, 'm'));
    }
  });

  it('names a taken port', async () => {
    const first = start(freshDirectory());
    const port = new URL(await first.url()).port;
    const second = start(freshDirectory(), { env: { PORT: port } });
    expect(await second.exited).toBe(1);
    expect(second.output).toContain(`PORT: ${port}`);
  });
});

describe('external servers', () => {
  it('are used in place of embedded ones, and a NATS of unknown durability is named', async () => {
    const data = freshDirectory();
    const first = start(data);
    await first.url();
    const odnix = start(freshDirectory(), { env: { NATS_URL: natsUrl(data) } });
    await expectHealthy(odnix);
    expect(odnix.output).toContain('Warning: it cannot be learned whether the NATS server at 127.0.0.1');
  });
});

describe.skipIf(!isRoot)('run as root', () => {
  it('keeps PostgreSQL elsewhere when its user cannot reach the data directory', async () => {
    const home = join(freshDirectory(), 'home');
    mkdirSync(home, { mode: 0o700 });
    const data = join(home, 'data');
    const odnix = start(data);
    await expectHealthy(odnix);
    const elsewhere = readlinkSync(join(data, 'postgres'));
    expect(odnix.output).toContain(elsewhere);
    expect(statSync(home).mode & 0o777).toBe(0o700);
    odnix.signal('SIGTERM');
    expect(await odnix.exited).toBe(0);
    rmSync(elsewhere, { recursive: true });
  });

  it.skipIf(!readableByNobody())(
    'works as a normal user too (skipped where that user cannot read us)',
    async () => {
      const data = freshDirectory();
      chownSync(data, nobody.uid, nobody.gid);
      chmodSync(data, 0o700);
      const odnix = start(data, { identity: nobody });
      await expectHealthy(odnix);
      const family = odnix.family();
      odnix.signal('SIGTERM');
      expect(await odnix.exited).toBe(0);
      expect(family.filter(isAlive)).toEqual([]);
    },
  );
});

function readableByNobody(): boolean {
  const args = ['-e', 'require("fs").accessSync(process.argv[1])', builtProgram()];
  return isRoot && spawnSync(process.execPath, args, { cwd: '/', ...nobody }).status === 0;
}

function natsPid(data: string): number {
  return Number(/_(\d+)\.ports$/.exec(portsFile(data))?.[1]);
}

function natsUrl(data: string): string {
  const ports = JSON.parse(readFileSync(join(data, 'nats/ports', portsFile(data)), 'utf8')) as {
    nats: string[];
  };
  const password = readFileSync(join(data, 'secrets/nats'), 'utf8').trim();
  return `nats://odnix:${password}@${new URL(ports.nats[0] ?? '').host}`;
}

function portsFile(data: string): string {
  return readdirSync(join(data, 'nats/ports'))[0] ?? '';
}

async function publish(data: string): Promise<number> {
  const connection = await connectNats(natsUrl(data));
  await (await jetstreamManager(connection)).streams.add({ name: 'kept', subjects: ['kept'] });
  const { seq } = await jetstream(connection).publish('kept', 'acknowledged');
  await connection.close();
  return seq;
}

async function stored(data: string, seq: number): Promise<string | undefined> {
  const connection = await connectNats(natsUrl(data));
  const message = await (await jetstreamManager(connection)).streams.getMessage('kept', { seq });
  await connection.close();
  return message?.string();
}
