import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OperationRefused } from '../operation.js';
import { private_mode } from './checked-file.js';
import { manifest_file } from './manifest.js';

const marker_file = 'unfinished';
const ours = /^(unfinished|manifest\.json\.unfinished|stream-\w+\.snapshot|table-\w+\.\w+\.copy\.gz)$/;

export const streamFile = (stream: string): string => `stream-${stream}.snapshot`;
export const tableFile = (table: string): string => `table-${table}.copy.gz`;

/** Makes it, or begins an unfinished backup of ours anew. Refuses every other directory that is not empty. */
export async function prepareDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const found = await readdir(directory);
  if (found.includes(manifest_file))
    throw new OperationRefused(`${directory} holds a backup already: name another directory.`);
  const isOurs = found.includes(marker_file) && found.every((name) => ours.test(name));
  if (found.length > 0 && !isOurs)
    throw new OperationRefused(`${directory} is not empty: name another directory.`);
  for (const name of found.filter((one) => one !== marker_file)) await rm(join(directory, name));
  await chmod(directory, 0o700);
  await writeFile(join(directory, marker_file), '', { mode: private_mode });
}

export async function finishDirectory(directory: string): Promise<void> {
  if (existsSync(join(directory, marker_file))) await rm(join(directory, marker_file));
}
