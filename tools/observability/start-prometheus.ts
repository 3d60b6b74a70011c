/** Prometheus as a child, on a configuration that somebody has written. */
import { join } from 'node:path';
import { Child } from '../../apps/odnix/embedded/child-process.js';
import { answering } from './answering.js';
import { needProgram } from './programs.js';

export interface PrometheusPlace {
  /** For its data and its log. */
  readonly directory: string;
  readonly configFile: string;
  readonly host: string;
  readonly port: number;
}

export interface RunningPrometheus {
  readonly pid: number;
  readonly url: string;
  readonly exited: Promise<void>;
  stop(): Promise<void>;
}

/** Resolves when it answers; it may not have scraped anything yet. */
export async function startPrometheus(place: PrometheusPlace): Promise<RunningPrometheus> {
  const { directory, configFile, host, port } = place;
  const logFile = join(directory, 'prometheus.log');
  const child = await Child.start({
    program: needProgram('prometheus'),
    args: [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=${host}:${port}`,
      '--log.level=warn',
    ],
    directory,
    logFile,
    stopSignal: 'SIGTERM',
    hardStopSignal: 'SIGKILL',
  });
  const url = `http://${host}:${port}`;
  await answering('Prometheus', child, `${url}/-/ready`, logFile);
  return { pid: child.pid, url, exited: child.exited, stop: () => child.stop() };
}
