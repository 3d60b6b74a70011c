import { OperationRefused, type AdminContext } from '../operation.js';
import { mustBeAsWritten } from './checked-file.js';
import { forwardPointers, readManifest, sizeOf, type Manifest } from './manifest.js';

/** Reads every byte of it. Throws OperationRefused, naming what is wrong, for what could not be restored. */
export async function checkBackup(
  { signal, progress }: Pick<AdminContext, 'signal' | 'progress'>,
  directory: string,
): Promise<Manifest> {
  const manifest = await readManifest(directory);
  const contradictions = forwardPointers(manifest);
  if (contradictions.length > 0)
    throw new OperationRefused(`It does not agree with itself: ${contradictions.join('; ')}.`);
  const total = sizeOf(manifest);
  let done = 0;
  const read = (bytes: number) => {
    done += bytes;
    progress({ what: 'checking files', done, total, unit: 'bytes' });
  };
  for (const file of [...manifest.tables, ...manifest.streams])
    await mustBeAsWritten(directory, file, { signal, read });
  return manifest;
}
