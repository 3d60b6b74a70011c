/** Starts the gateway by itself: sessions on `/v1/ws` and `/v1/updates`, and its health, on one public port. */
import 'reflect-metadata';
import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { AllowedOrigins, type OriginSettings } from '#edge/allowed-origins.js';
import { edgeChecks } from '#edge/edge-checks.js';
import { close, createHttpApplication, listen, type EdgeServer } from '#edge/http-application.js';
import { HttpErrorFilter } from '#edge/http-error.js';
import { HealthController, READINESS } from '#process/health.controller.js';
import type { ReadinessSource } from '#process/readiness.js';
import type { StartedApp } from '#process/run-process.js';
import { GATEWAY_PARTS, type GatewayOptions, type GatewayParts } from './gateway.js';
import { GatewayModule } from './gateway.module.js';
import { JsonRpcWsAdapter } from './ws-adapter.js';

export interface GatewayProcessOptions extends GatewayOptions, OriginSettings, EdgeServer {
  readonly host: string;
  readonly port: number;
  readonly readiness: ReadinessSource;
  readonly compression: boolean;
}

@Module({})
class GatewayProcessModule {
  static forRoot(options: GatewayProcessOptions): DynamicModule {
    return {
      module: GatewayProcessModule,
      imports: [GatewayModule.forRoot(options)],
      controllers: [HealthController],
      providers: [
        { provide: READINESS, useValue: options.readiness },
        { provide: APP_FILTER, useClass: HttpErrorFilter },
      ],
    };
  }
}

/**
 * Resolves when the port is listened on. Stopping drains the sessions first. Ready with NATS alone: who is connected is pushed
 * to and catches up whether or not commands and queries are answered at the moment.
 */
export async function startGateway(options: GatewayProcessOptions): Promise<StartedApp> {
  const origins = new AllowedOrigins(options);
  const app = await createHttpApplication(GatewayProcessModule.forRoot(options), origins, options);
  app.useWebSocketAdapter(new JsonRpcWsAdapter(app, origins, options));
  const url = await listen(app, options);
  const { nats, ...behind } = edgeChecks(app.get<GatewayParts>(GATEWAY_PARTS, { strict: false }).edge.nats);
  return { url, checks: { required: { nats }, optional: behind }, stop: () => close(app) };
}
