/** Jaeger as a child: spans in by OTLP, questions at its query API, everything in its memory. */
import { join } from 'node:path';
import { Child } from '../../apps/odnix/embedded/child-process.js';
import { answering } from './answering.js';
import { needProgram } from './programs.js';

export interface JaegerPlace {
  /** For its log. */
  readonly directory: string;
  readonly host: string;
  readonly ports: Readonly<{ query: number; queryGrpc: number; otlpHttp: number; otlpGrpc: number }>;
}

export interface RunningJaeger {
  readonly pid: number;
  /** As OTEL_EXPORTER_OTLP_ENDPOINT takes it. */
  readonly otlpUrl: string;
  readonly queryUrl: string;
  readonly exited: Promise<void>;
  stop(): Promise<void>;
}

/** Resolves when it takes spans and answers. */
export async function startJaeger({ directory, host, ports }: JaegerPlace): Promise<RunningJaeger> {
  const logFile = join(directory, 'jaeger.log');
  const at = (port: number): string => `${host}:${port}`;
  const child = await Child.start({
    program: needProgram('jaeger'),
    args: ['--config', join(import.meta.dirname, '../../observability/jaeger/jaeger.yaml')],
    directory,
    logFile,
    stopSignal: 'SIGTERM',
    hardStopSignal: 'SIGKILL',
    env: {
      ...process.env,
      JAEGER_QUERY_HTTP: at(ports.query),
      JAEGER_QUERY_GRPC: at(ports.queryGrpc),
      JAEGER_OTLP_HTTP: at(ports.otlpHttp),
      JAEGER_OTLP_GRPC: at(ports.otlpGrpc),
    },
  });
  const queryUrl = `http://${at(ports.query)}`;
  // Receivers are started before extensions tell that they are ready.
  await answering('Jaeger', child, `${queryUrl}/api/services`, logFile);
  return {
    pid: child.pid,
    otlpUrl: `http://${at(ports.otlpHttp)}`,
    queryUrl,
    exited: child.exited,
    stop: () => child.stop(),
  };
}
