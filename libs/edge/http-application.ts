import type { Server } from 'node:tls';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { listenError, type ListenPrefix } from '#process/listen-error.js';
import { installationHeader } from '#protocol/auth.js';
import { limits } from '#protocol/limits.js';
import type { AllowedOrigins } from './allowed-origins.js';
import { reloadCertificate, secureOptions, tlsFilesOf, type TlsFiles } from './certificate.js';
import { trustProxies } from './client-address.js';
import { guardRequests } from './guarded-requests.js';
import { refuseBytes, refusePath } from './http-refusals.js';
import { seenHeader } from './seen.js';
import { traceRequests } from './traced-requests.js';

/** From its first byte, or the connection's, to the last of its headers, and to its end: what is slower is cut. */
const headers_ms_max = 10_000;
const request_ms_max = 15_000;
/** How often it is looked for them. */
const look_ms = 2_000;
const headers_count_max = 100;
const keep_alive_ms = 30_000;
/** How long a browser may remember that a page is allowed; Chromium takes no more. */
const preflight_s = 7_200;
/** How long a stop waits for requests under way. */
const in_flight_ms_max = 6_000;

/** How it is reached. */
export interface EdgeServer extends Partial<TlsFiles> {
  readonly trustedProxies?: readonly string[];
  /** For tests. */
  readonly headersMsMax?: number;
  readonly requestMsMax?: number;
}

/**
 * A Nest application with the limits that strangers call for. Bodies stay text: every endpoint parses its own, so that
 * malformed JSON is answered in the endpoint's own manner. `listen` says which address it listens on.
 */
export async function createHttpApplication(
  rootModule: Parameters<typeof NestFactory.create>[0],
  origins: AllowedOrigins,
  {
    trustedProxies = [],
    headersMsMax = headers_ms_max,
    requestMsMax = request_ms_max,
    ...tls
  }: EdgeServer = {},
): Promise<NestFastifyApplication> {
  const files = tlsFilesOf(tls);
  const looking = { connectionsCheckingInterval: Math.min(look_ms, requestMsMax / 2) };
  const adapter = new FastifyAdapter({
    ...(files ? { https: { ...secureOptions(files), ...looking } } : { http: looking }),
    bodyLimit: limits.frame_bytes_max,
    requestTimeout: requestMsMax,
    connectionTimeout: 0,
    keepAliveTimeout: keep_alive_ms,
    forceCloseConnections: 'idle',
    frameworkErrors: refusePath,
    clientErrorHandler: refuseBytes,
  });
  const fastify = adapter.getInstance();
  const { server } = fastify;
  server.headersTimeout = headersMsMax;
  server.maxHeadersCount = headers_count_max;
  trustProxies(server, trustedProxies);
  if (files) reloadCertificate(server as unknown as Server, files);
  traceRequests(fastify);
  guardRequests(fastify, files !== undefined);
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) =>
    done(null, body),
  );
  const app = await NestFactory.create<NestFastifyApplication>(rootModule, adapter, {
    bodyParser: false,
    logger: ['error', 'fatal'],
    abortOnError: false,
  });
  app.enableCors({
    origin: (origin, done) => done(null, origins.allows(origin)),
    methods: ['GET', 'POST'],
    allowedHeaders: ['authorization', 'content-type', 'last-event-id', installationHeader, seenHeader],
    exposedHeaders: [seenHeader],
    maxAge: preflight_s,
    // Else what asks without the headers of a preflight is refused with a text of the library's own.
    strictPreflight: false,
  });
  return app;
}

/** Resolves with the URL; when the address may not be used, closes the application and throws what to change. */
export async function listen(
  app: NestFastifyApplication,
  { host, port }: { readonly host: string; readonly port: number },
  prefix: ListenPrefix = '',
): Promise<string> {
  try {
    await app.listen(port, host);
  } catch (error) {
    await app.close();
    throw listenError(error, prefix, host, port);
  }
  return (await app.getUrl()).replace('[::1]', 'localhost');
}

/** Takes no more requests and answers those under way; a connection that does not end in time is cut. */
export async function close(app: NestFastifyApplication, ms_max = in_flight_ms_max): Promise<void> {
  const timer = setTimeout(() => app.getHttpServer().closeAllConnections(), ms_max);
  await app.close().finally(() => clearTimeout(timer));
}
