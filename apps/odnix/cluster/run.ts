/** One life of a cluster on a terminal: start it, tell what listens where, stop it when told to. */
import { StopRequest } from '#process/stop-request.js';
import type { RunningCluster } from './cluster.js';
import { startCluster, type ClusterOptions } from './start-cluster.js';

/** Resolves with the exit code once everything is stopped; throws when it could not start. */
export async function runUntilStopped(options: ClusterOptions): Promise<number> {
  const stopRequest = new StopRequest();
  console.log('Starting a cluster of Odnix ...');
  try {
    const { signal } = stopRequest;
    const cluster = await startCluster({ ...options, say: console.log, signal });
    console.log(whatNext(cluster, options.dataDir));
    await stopRequest.made;
    console.log('Stopping ...');
    await cluster.stopAll();
    return 0;
  } catch (error) {
    if (stopRequest.isMade) return 0;
    throw error;
  }
}

function whatNext(cluster: RunningCluster, dataDir: string): string {
  return [
    tableOf(cluster),
    '',
    `Odnix runs at ${cluster.url}`,
    `Data and logs are in ${dataDir}, in a directory for each process`,
    `Next, in another terminal: npm run chat -- --phone +15550100 --url ${cluster.url}`,
    'Kill any process with kill -9: it is started again, and nothing is lost.',
    'Stop with Ctrl-C.',
  ].join('\n');
}

function tableOf(cluster: RunningCluster): string {
  const rows = cluster.places.map(({ name, address, health = '' }) => [
    name,
    String(cluster.pid(name)),
    address,
    health,
  ]);
  const all = [
    ['name', 'process', 'listens at', 'health'],
    ['front', String(process.pid), cluster.url, ''],
    ...rows,
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]!.length)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
