/** What a backup holds, and where everything in it stands. Written last: a directory without one is no backup. */
import { createHash } from 'node:crypto';
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { StreamConfig, StreamState } from '@nats-io/jetstream';
import type { LiveBuild } from '#db/builds.js';
import type { TableShape } from '#db/copy-tables.js';
import { OperationRefused } from '../operation.js';
import { writeChecked, type BackupFile } from './checked-file.js';

export const manifest_file = 'manifest.json';

export interface BackedUpStream extends BackupFile {
  readonly name: string;
  readonly config: StreamConfig;
  /** As it was when its snapshot began: the snapshot holds at least that. */
  readonly state: Pick<StreamState, 'messages' | 'bytes' | 'first_seq' | 'last_seq'>;
  /** Of a USER stream: source stream → the last sequence that it may tell of. */
  readonly sources?: Readonly<Record<string, number>>;
}

export interface BackedUpTable extends BackupFile, TableShape {
  readonly rows: number;
}

export interface BackedUpCheckpoint {
  readonly schema: string;
  readonly stream: string;
  readonly sequence: number;
}

export interface Manifest {
  readonly format: 1;
  readonly begun_at: string;
  readonly ended_at: string;
  readonly epoch: number;
  readonly streams_per_family: number;
  readonly migrations: readonly string[];
  /** The builds that are read; no others are in it. */
  readonly projections: readonly LiveBuild[];
  readonly checkpoints: readonly BackedUpCheckpoint[];
  readonly tables: readonly BackedUpTable[];
  readonly streams: readonly BackedUpStream[];
}

export async function writeManifest(directory: string, manifest: Manifest): Promise<void> {
  const unfinished = `${manifest_file}.unfinished`;
  const text = JSON.stringify({ sha256: hashOf(manifest), manifest }, null, 1);
  await writeChecked(directory, unfinished, (write) => write(Buffer.from(`${text}\n`)));
  await rename(join(directory, unfinished), join(directory, manifest_file));
}

/** Throws OperationRefused for what is no backup, or not one of this format. */
export async function readManifest(directory: string): Promise<Manifest> {
  const { sha256, manifest } = parsed(await textIn(directory));
  if (manifest?.format !== 1)
    throw new OperationRefused(`${manifest_file} is of no format that this version knows.`);
  if (sha256 !== hashOf(manifest))
    throw new OperationRefused(
      `${manifest_file} was changed since it was written: this backup cannot be used.`,
    );
  return manifest;
}

async function textIn(directory: string): Promise<string> {
  try {
    return await readFile(join(directory, manifest_file), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new OperationRefused(
      `${directory} holds no ${manifest_file}: it is no backup, or one that was not finished.`,
      { cause: error },
    );
  }
}

function parsed(text: string): { readonly sha256?: string; readonly manifest?: Manifest } {
  try {
    return (JSON.parse(text) as object | null) ?? {};
  } catch (error) {
    throw new OperationRefused(`${manifest_file} is not JSON: this backup cannot be used.`, { cause: error });
  }
}

/** It has no other order of fields than that in which it was written. */
const hashOf = (manifest: Manifest): string =>
  createHash('sha256').update(JSON.stringify(manifest)).digest('hex');

/**
 * Every position points backwards: what tells of a stream tells of nothing behind its end. A line each for what does not; empty in
 * every backup that was taken in the order that it is taken in.
 */
export function forwardPointers({ streams, checkpoints }: Manifest): readonly string[] {
  const ends = new Map(streams.map(({ name, state }) => [name, state.last_seq]));
  const claims = [
    ...checkpoints.map(({ schema, stream, sequence }) => ({
      by: `the read model ${schema}`,
      stream,
      sequence,
    })),
    ...streams.flatMap(({ name, sources = {} }) =>
      Object.entries(sources).map(([stream, sequence]) => ({ by: name, stream, sequence })),
    ),
  ];
  return claims
    .filter(({ stream, sequence }) => sequence > (ends.get(stream) ?? 0))
    .map(
      ({ by, stream, sequence }) =>
        `${by} stands at ${sequence} of ${stream}, which ends at ${ends.get(stream) ?? 0}`,
    );
}

export const sizeOf = ({ streams, tables }: Manifest): number =>
  [...streams, ...tables].reduce((sum, { bytes }) => sum + bytes, 0);
