import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { listenError, type ListenPrefix } from '#process/listen-error.js';
import { installationHeader } from '#protocol/auth.js';
import { limits } from '#protocol/limits.js';
import type { AllowedOrigins } from './allowed-origins.js';
import { trustProxies } from './client-address.js';
import { refuseBytes, refusePath } from './http-refusals.js';
import { seenHeader } from './seen.js';

const request_timeout_ms = 15_000;
const keep_alive_ms = 30_000;
/** How long a browser may remember that a page is allowed; Chromium takes no more. */
const preflight_s = 7_200;
/** How long a stop waits for requests under way. */
const in_flight_ms_max = 6_000;

/**
 * A Nest application with the limits that strangers call for. Bodies stay text: every endpoint parses its own, so that
 * malformed JSON is answered in the endpoint's own manner. `listen` says which address it listens on.
 */
export async function createHttpApplication(
  rootModule: Parameters<typeof NestFactory.create>[0],
  origins: AllowedOrigins,
  trustedProxies: readonly string[] = [],
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: limits.frame_bytes_max,
    requestTimeout: request_timeout_ms,
    connectionTimeout: 0,
    keepAliveTimeout: keep_alive_ms,
    forceCloseConnections: 'idle',
    frameworkErrors: refusePath,
    clientErrorHandler: refuseBytes,
  });
  const fastify = adapter.getInstance();
  trustProxies(fastify.server, trustedProxies);
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
