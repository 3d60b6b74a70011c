import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { listenError } from '#process/listen-error.js';
import { limits } from '#protocol/limits.js';
import type { AllowedOrigins } from './allowed-origins.js';

const request_timeout_ms = 15_000;
const keep_alive_ms = 30_000;
/** How long a browser may remember that a page is allowed; Chromium takes no more. */
const preflight_s = 7_200;

/**
 * A Nest application with the limits that strangers call for. Bodies stay text: every endpoint parses its own, so that
 * malformed JSON is answered in the endpoint's own manner. `listen` says which address it listens on.
 */
export async function createHttpApplication(
  rootModule: Parameters<typeof NestFactory.create>[0],
  origins: AllowedOrigins,
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: limits.frame_bytes_max,
    requestTimeout: request_timeout_ms,
    connectionTimeout: 0,
    keepAliveTimeout: keep_alive_ms,
    forceCloseConnections: true,
  });
  const fastify = adapter.getInstance();
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
    allowedHeaders: ['authorization', 'content-type'],
    maxAge: preflight_s,
  });
  return app;
}

/** Resolves with the URL; when the address may not be used, closes the application and throws what to change. */
export async function listen(
  app: NestFastifyApplication,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<string> {
  try {
    await app.listen(port, host);
  } catch (error) {
    await app.close();
    throw listenError(error, '', host, port);
  }
  return (await app.getUrl()).replace('[::1]', 'localhost');
}
