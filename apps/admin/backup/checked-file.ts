/** Files of a backup: private, written to the disk before they count, and known by their bytes. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { OperationRefused } from '../operation.js';

/** It holds everything: for its owner alone. */
export const private_mode = 0o600;

export interface BackupFile {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Whatever was there is written over. Each chunk is on its way to the disk before the next is asked for. */
export async function writeChecked(
  directory: string,
  file: string,
  fill: (write: (chunk: Uint8Array) => Promise<void>) => Promise<void>,
): Promise<BackupFile> {
  const handle = await open(join(directory, file), 'w', private_mode);
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    await fill(async (chunk) => {
      hash.update(chunk);
      bytes += chunk.length;
      await handle.writeFile(chunk);
    });
    await handle.sync();
    return { file, bytes, sha256: hash.digest('hex') };
  } finally {
    await handle.close();
  }
}

export interface ReadOptions {
  readonly chunk_bytes?: number;
  readonly read?: (bytes: number) => void;
}

export async function* readChunks(
  directory: string,
  file: string,
  { chunk_bytes = 64 * 1024, read }: ReadOptions = {},
): AsyncGenerator<Buffer> {
  for await (const chunk of createReadStream(join(directory, file), { highWaterMark: chunk_bytes })) {
    read?.((chunk as Buffer).length);
    yield chunk as Buffer;
  }
}

/** Throws OperationRefused, naming the file, when it is not what was written. */
export async function mustBeAsWritten(
  directory: string,
  { file, bytes, sha256 }: BackupFile,
  { signal, read }: { readonly signal: AbortSignal; readonly read: (bytes: number) => void },
): Promise<void> {
  const hash = createHash('sha256');
  let found = 0;
  try {
    for await (const chunk of readChunks(directory, file, { read })) {
      signal.throwIfAborted();
      hash.update(chunk);
      found += chunk.length;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new OperationRefused(`${file} is missing: this backup cannot be used.`, { cause: error });
  }
  if (found !== bytes)
    throw new OperationRefused(`${file} has ${found} bytes instead of ${bytes}: this backup cannot be used.`);
  if (hash.digest('hex') !== sha256)
    throw new OperationRefused(`${file} was changed since it was written: this backup cannot be used.`);
}
