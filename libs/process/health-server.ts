/** The health and the metrics of a process, on a port of its own that is not the public's, from its first moment to its last. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { metricsText } from '#observability/meter.js';
import { livePath, readyPath } from './health-paths.js';
import { listenError } from './listen-error.js';
import type { ReadinessReport, ReadinessSource } from './readiness.js';
import { metricsPath } from './served-metrics.js';

const request_ms_max = 5_000;
const connections_max = 64;
const prometheus_text = 'text/plain; version=0.0.4; charset=utf-8';

export interface HealthServer {
  readonly url: string;
  close(): void;
}

/** Resolves when it listens; throws an error that names the setting when it may not. */
export async function serveHealth(
  readiness: ReadinessSource,
  { healthHost, healthPort }: { readonly healthHost: string; readonly healthPort: number },
): Promise<HealthServer> {
  const server = createServer({ requestTimeout: request_ms_max }, (request, response) => {
    const path = request.url?.split('?')[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') answer(response, 405, { error: 'GET only' });
    else if (path === livePath) answer(response, 200, { status: 'ok' });
    else if (path === readyPath) void readiness.report().then((report) => ready(response, report));
    else if (path === metricsPath)
      void metricsText().then((text) => tell(response, 200, prometheus_text, text));
    else answer(response, 404, { error: `${livePath}, ${readyPath} and ${metricsPath} are all there is` });
  });
  server.maxConnections = connections_max;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, 'HEALTH_', healthHost, healthPort)));
    server.listen(healthPort, healthHost, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const host = healthHost.includes(':') ? `[${healthHost}]` : healthHost;
  return {
    url: `http://${host}:${port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

const ready = (response: ServerResponse, report: ReadinessReport): void =>
  answer(response, report.status === 'ok' ? 200 : 503, report);

const answer = (response: ServerResponse, status: number, body: object): void =>
  tell(response, status, 'application/json', JSON.stringify(body));

function tell(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
  response.end(text);
}
