/**
 * Odnix as it runs in production, on one machine: three NATS nodes with three replicas of every stream, Postgres, every app
 * in processes of its own, and a front that is their one address. What ends by itself is started again.
 */
import { join } from 'node:path';
import { openDataDirectory, type DataDirectory } from '../data-directory.js';
import { Cluster, type RunningCluster } from './cluster.js';

export interface ClusterOptions {
  /** Owned by one cluster at a time. Made when missing. */
  dataDir: string;
  /** Of the built apps; by default those that this launcher was built with. */
  programs?: string;
  /** Of the front; port 0: any free one. */
  host: string;
  port: number;
  streamsPerFamily: number;
  /** 32 bytes in base64url; absent: made once and kept in the data directory. */
  secret?: string;
  logLevel: string;
  nodeEnv: string;
  /** Has the last word on what an app's process is started with: for faults between it and the servers. */
  environmentOf?(name: string, env: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv>;
  /** Hears what happens, a line each. */
  say?(line: string): void;
  /** Aborted while it starts: it gives up and throws. */
  signal?: AbortSignal;
}

/** Resolves when clients are served. Leaves nothing behind when it throws. */
export async function startCluster(options: ClusterOptions): Promise<RunningCluster> {
  const data = openDataDirectory(options.dataDir);
  const cluster = await layOut(options, data).catch((error: unknown) => {
    data.release();
    throw error;
  });
  const giveUp = (): void => void cluster.stopAll();
  options.signal?.addEventListener('abort', giveUp);
  try {
    options.signal?.throwIfAborted();
    await cluster.startAll();
    return cluster;
  } catch (error) {
    await cluster.stopAll();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', giveUp);
  }
}

function layOut(options: ClusterOptions, data: DataDirectory): Promise<Cluster> {
  const { programs = join(import.meta.dirname, '../..'), say = () => undefined } = options;
  const secret = options.secret ?? data.secret('odnix');
  return Cluster.layOut({ ...options, programs, say, secret, directory: data.path }, data);
}
