/**
 * Where a NATS server keeps the messages of an atomic batch until all of them are there. With several nodes that is memory. A server
 * that stands alone makes a directory with files in its store for every batch and takes them away again, so that a batch whose
 * writing was cut off by a kill is written to its end when it starts again (nats-server's jetstream_batching.go): on ext4 that costs
 * more than all else that it does for a message.
 *
 * So the directory is a link to one in the operating system's memory: it outlives the server, as before, and not a loss of power, as
 * before, for nothing in it is synced (docs/adr/0051).
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statfsSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

const memory = '/dev/shm';
const prefix = 'odnix-batches-';
/** A batch may hold 64 decisions with the lists of large groups. */
const free_bytes_min = 256 * 1024 * 1024;
/** In a place: whose it is. */
const owner_file = 'of';

/**
 * Of the streams that there are now and have no link yet. To be called before anything is written to them, after every start: the server
 * takes the link away when it recovers a stream. False where there is no such memory, or too little: then all stays as the server does it.
 */
export function keepBatchesInMemory(natsDirectory: string): boolean {
  if (!hasRoom()) return false;
  sweep();
  const place = placeOf(natsDirectory);
  mkdirSync(place, { recursive: true, mode: 0o700 });
  if (!isOurs(place)) return false;
  writeFileSync(join(place, owner_file), natsDirectory);
  for (const stream of streamDirectories(natsDirectory)) {
    const batches = join(stream.path, 'batches');
    const target = join(place, stream.name);
    mkdirSync(target, { recursive: true, mode: 0o700 });
    if (isLinked(batches, target)) continue;
    rmSync(batches, { recursive: true, force: true });
    symlinkSync(target, batches);
  }
  return true;
}

/** Once the server has ended in order. */
export function forgetBatches(natsDirectory: string): void {
  const place = placeOf(natsDirectory);
  if (isOurs(place)) rmSync(place, { recursive: true, force: true });
}

function hasRoom(): boolean {
  try {
    const { bavail, bsize } = statfsSync(memory);
    return bavail * bsize >= free_bytes_min;
  } catch {
    return false;
  }
}

const placeOf = (natsDirectory: string): string =>
  join(memory, prefix + createHash('sha256').update(natsDirectory).digest('hex').slice(0, 32));

/** Anybody may write there: what another user has put in its place is left alone. */
function isOurs(place: string): boolean {
  const found = lstatSync(place, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === process.getuid?.() && (found.mode & 0o077) === 0;
}

function isLinked(path: string, target: string): boolean {
  try {
    return readlinkSync(path) === target;
  } catch {
    return false;
  }
}

/** What servers left behind whose stores are gone. */
function sweep(): void {
  for (const name of readdirSync(memory)) {
    const place = join(memory, name);
    if (!name.startsWith(prefix) || !isOurs(place)) continue;
    const owner = join(place, owner_file);
    if (existsSync(owner) && !existsSync(readFileSync(owner, 'utf8')))
      rmSync(place, { recursive: true, force: true });
  }
}

function streamDirectories(natsDirectory: string): { readonly name: string; readonly path: string }[] {
  const accounts = join(natsDirectory, 'store', 'jetstream');
  if (!existsSync(accounts)) return [];
  return readdirSync(accounts).flatMap((account) => {
    const streams = join(accounts, account, 'streams');
    if (!existsSync(streams)) return [];
    return readdirSync(streams).map((name) => ({
      name: `${account} ${name}`,
      path: join(streams, name),
    }));
  });
}
