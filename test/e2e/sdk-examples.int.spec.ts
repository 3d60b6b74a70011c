/** The examples for Node, as their reader runs them: types checked against the SDK's package, run against the real system. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startLayout, type Layout } from '../support/layout.js';
import { freshDirectory } from '../support/run-directory.js';
import { buildSdkPackage } from '../support/sdk-package.js';

const root = join(import.meta.dirname, '../..');
const [ann, bob] = ['+15550871', '+15550872'];
const started: ChildProcess[] = [];
let odnix: Layout;
let directory: string;

beforeAll(async () => {
  directory = freshDirectory();
  cpSync(join(root, 'examples/node'), directory, { recursive: true });
  buildSdkPackage(join(directory, 'node_modules/@odnix/client'), { types: true });
  odnix = await startLayout();
});
afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
});

/** What it prints, as it comes. */
function start(example: string, ...args: string[]) {
  const env = { ...process.env, ODNIX_URL: odnix.url, NODE_OPTIONS: '' };
  const child = spawn(process.execPath, [`${example}.ts`, ...args], { cwd: directory, env });
  started.push(child);
  const running = { child, output: '', errors: '' };
  child.stdout.on('data', (text: Buffer) => (running.output += text.toString()));
  child.stderr.on('data', (text: Buffer) => (running.errors += text.toString()));
  return running;
}

async function run(example: string, ...args: string[]): Promise<string> {
  const running = start(example, ...args);
  await once(running.child, 'close');
  expect([running.child.exitCode, running.errors]).toEqual([0, '']);
  return running.output;
}

test('the examples fit the types of the package', () => {
  mkdirSync(join(directory, 'types'));
  const node = { types: ['node'], typeRoots: [join(root, 'node_modules/@types')] };
  const modules = { module: 'nodenext', target: 'es2024', lib: ['es2024'], allowImportingTsExtensions: true };
  const compilerOptions = {
    ...node,
    ...modules,
    noEmit: true,
    strict: true,
    exactOptionalPropertyTypes: true,
  };
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', directory], { stdio: 'pipe', encoding: 'utf8' });
});

test('sign in, send and watch the ticks, be answered, act without a network, list the chats', async () => {
  expect(await run('sign-in', bob, 'Bob')).toMatch(/^user \S+, device \S+$/m);
  const answering = start('answer', bob);
  await expect.poll(() => answering.output).toMatch(/^open$/m);
  const sent = await run('send', ann, bob, 'Hello');
  const ticks = sent.split('\n').filter((line) => /^(pending|sent|delivered|read)$/.test(line));
  // Where the second and the third are faster than the look at them, they are one.
  expect(['pending', 'sent', 'delivered', 'read'].filter((tick) => ticks.includes(tick))).toEqual(ticks);
  expect([ticks[0], ticks.at(-1)]).toEqual(['pending', 'read']);
  expect(await run('offline', ann)).toMatch(
    /^pending: Written in a tunnel, and corrected there 🎉 \(\d waiting\)\nsecond: CANCELLED\nsent|^second: CANCELLED\npending: /,
  );
  answering.child.kill('SIGINT');
  await once(answering.child, 'close');
  expect([answering.child.exitCode, answering.errors]).toEqual([0, '']);
  const list = await run('chat-list', ann);
  expect(list).toMatch(/^Without the network: 1 chats\.\nBob \(\d unread\): /);
});
