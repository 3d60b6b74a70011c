/** A collector of spans: takes OTLP over HTTP as a real one does, and keeps what it is sent. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { spansOfJson, spansOfProtobuf } from './otlp-spans.js';
import type { SeenSpan } from './seen-span.js';

export interface OtlpReceiver {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly url: string;
  /** Decoded when it is asked for. Throws on what is no OTLP. */
  readonly spans: readonly SeenSpan[];
  /** The bodies as they came, uncompressed: for whoever looks for what must not be there. */
  readonly bodies: readonly Buffer[];
  /** From now on it answers with that status, and keeps nothing of what it refuses. */
  answer(status: number): void;
  stop(): Promise<void>;
}

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: SeenSpan[] = [];
  const bodies: Buffer[] = [];
  const undecoded: (() => SeenSpan[])[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    void take(request, response, status, (body, type) => {
      bodies.push(body);
      undecoded.push(() =>
        type === 'application/json' ? spansOfJson(body.toString()) : spansOfProtobuf(body),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get spans() {
      for (const decode of undecoded.splice(0)) spans.push(...decode());
      return spans;
    },
    bodies,
    answer: (given) => void (status = given),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function take(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  keep: (body: Buffer, type: string) => void,
): Promise<void> {
  const { headers, method, url } = request;
  const type = headers['content-type'] ?? '';
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const isExport =
    method === 'POST' &&
    url === '/v1/traces' &&
    ['application/x-protobuf', 'application/json'].includes(type);
  if (!isExport) return void response.writeHead(404).end();
  if (status !== 200) return void response.writeHead(status).end();
  const body = Buffer.concat(pieces);
  try {
    keep(headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body, type);
    // An empty message says that all was taken.
    response.writeHead(200, { 'content-type': type }).end(type === 'application/json' ? '{}' : '');
  } catch {
    response.writeHead(400).end();
  }
}
