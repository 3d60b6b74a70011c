/** The SDK as a client's developer gets it: installed where nothing else is, type-checked, run, and bundled. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { bundleForBrowser } from '../support/bundle.js';
import { buildSdkPackage } from '../support/sdk-package.js';

/** Everything a page can use of the SDK, minified: 58 kB when this was written, 20 compressed. */
const browser_bytes_max = 80_000;
/** One class and nothing else: 0.4 kB when this was written. */
const error_bytes_max = 1_000;

/** Compilers run here, perhaps on a machine that does much else. */
const patience_ms = 300_000;
vi.setConfig({ testTimeout: patience_ms, hookTimeout: patience_ms });

let directory: string;
let installed: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'odnix-sdk-'));
  installed = join(directory, 'node_modules/@odnix/client');
  mkdirSync(installed, { recursive: true });
  buildSdkPackage(installed, { types: true });
});
afterAll(() => rmSync(directory, { recursive: true }));

function write(name: string, text: string): string {
  writeFileSync(join(directory, name), text);
  return join(directory, name);
}

const node = (...args: string[]): string =>
  execFileSync(process.execPath, args, { cwd: directory, encoding: 'utf8' });

test(
  'has types that need nothing else installed, in the manners of Node and of bundlers',
  () => {
    write(
      'consumer.ts',
      `import { OdnixClient, OdnixError, type ClientOptions, type ErrorCode } from '@odnix/client';
     import { browserEnvironment, IndexedDbStore } from '@odnix/client/browser';
     import { FileStore, nodeEnvironment } from '@odnix/client/node';
     declare const options: ClientOptions;
     const client: OdnixClient = await OdnixClient.start({ ...options, environment: browserEnvironment });
     const sent = await (await client.send('chat', 'Hello')).sent;
     export const seq: number = sent.seq;
     const { messages } = await client.call('messages.history', { chat_id: 'chat', limit: 10 });
     export const code: ErrorCode | undefined = messages[0] && 'NOT_A_MEMBER';
     // @ts-expect-error: there is no such method
     client.call('messages.forget', {});
     // @ts-expect-error: a chat's id is text
     await client.call('chats.get', { chat_id: 1 });
     export const stores = [new FileStore('x'), await IndexedDbStore.open('x')];
     export const others = [nodeEnvironment, new OdnixError('CLOSED', '', { retryable: false })];`,
    );
    write('package.json', '{"type": "module"}');
    const strict = { noEmit: true, strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false };
    for (const [module, moduleResolution] of [
      ['nodenext', 'nodenext'],
      ['esnext', 'bundler'],
    ]) {
      const place = { module, moduleResolution, target: 'es2024', lib: ['es2024', 'dom'], types: [] };
      write('tsconfig.json', JSON.stringify({ compilerOptions: { ...strict, ...place } }));
      expect(compilerErrors()).toBe('');
    }
  },
  patience_ms,
);

function compilerErrors(): string {
  const tsc = resolve(import.meta.dirname, '../../node_modules/typescript/bin/tsc');
  return spawnSync(process.execPath, [tsc, '-p', directory], { encoding: 'utf8' }).stdout;
}

test('runs in Node, where its entries share their classes', () => {
  const file = write(
    'run.mjs',
    `import { OdnixError } from '@odnix/client';
     import * as forNode from '@odnix/client/node';
     const store = new forNode.FileStore('device.db');
     await store.commit(new Map([['a', 1]]));
     console.log(forNode.OdnixError === OdnixError, [...(await store.load())]);`,
  );
  expect(node(file).trim()).toBe(`true [ [ 'a', 1 ] ]`);
});

test('has nothing of a server or of Node in what browsers load, and is small', async () => {
  const all = write('all.js', `export * from '@odnix/client/browser';`);
  const { code, modules } = await bundleForBrowser(all, { minify: true });
  const own = modules.filter((id) => id !== all);
  expect(own.every((id) => id.startsWith(installed))).toBe(true);
  expect(code.match(/node:\w+|class-validator|nestjs|\bprocess\.|\bBuffer\b|\brequire\b/g)).toBeNull();
  for (const name of ['index.js', 'core.js', 'browser.js'])
    expect(readFileSync(join(installed, name), 'utf8').match(/['"]node:\w+/g)).toBeNull();
  console.log(`SDK for browsers: ${code.length} bytes minified, ${gzipSync(code).length} compressed`);
  expect(code.length).toBeLessThan(browser_bytes_max);
});

test('what is not used is left out', async () => {
  const one = write('one.js', `export { OdnixError } from '@odnix/client/browser';`);
  const { code } = await bundleForBrowser(one, { minify: true });
  console.log(`OdnixError alone: ${code.length} bytes minified`);
  expect(code.length).toBeLessThan(error_bytes_max);
});

test('is made of the client, the rules and the wire contract alone', () => {
  const sources = readdirSync(installed)
    .filter((name) => name.endsWith('.map'))
    .flatMap((name) => JSON.parse(readFileSync(join(installed, name), 'utf8')).sources as string[]);
  const foreign = sources.filter(
    (source) => !/libs\/(client|domain|protocol)\/|@noble\/hashes\//.test(source),
  );
  expect(sources.length).toBeGreaterThan(20);
  expect(foreign).toEqual([]);
});
