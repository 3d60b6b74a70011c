/** One HTTP server for gateway and api: WebSocket sessions and plain requests on one port. */
import { Module, type DynamicModule } from '@nestjs/common';
import { AllowedOrigins } from '#edge/allowed-origins.js';
import { close, createHttpApplication, listen } from '#edge/http-application.js';
import type { ReadinessSource } from '#process/readiness.js';
import { API_PARTS, type ApiOptions, type ApiParts } from '../api/api-parts.js';
import { ApiModule } from '../api/api.module.js';
import { GatewayModule } from '../gateway/gateway.module.js';
import { JsonRpcWsAdapter } from '../gateway/ws-adapter.js';
import type { OdnixSettings } from './settings.js';

/** Less than a stop of all apps may take. */
const in_flight_ms_max = 2_500;

/** Where its servers are, and how their keys are made. */
type EdgeAppOptions = Pick<ApiOptions, 'natsUrl' | 'databaseUrl' | 'secrets' | 'streamsPerFamily'>;

@Module({})
class EdgeModule {
  static forRoot(options: ApiOptions): DynamicModule {
    return { module: EdgeModule, imports: [GatewayModule.forRoot(options), ApiModule.forRoot(options)] };
  }
}

/** Resolves when the port is listened on. Stopping drains the sessions first. */
export async function startHttp(
  settings: OdnixSettings,
  options: EdgeAppOptions,
): Promise<{ url: string; readiness: ReadinessSource; stop(): Promise<void> }> {
  const origins = new AllowedOrigins(settings);
  const edge = EdgeModule.forRoot({ ...settings, ...options });
  const app = await createHttpApplication(edge, origins, settings);
  app.useWebSocketAdapter(new JsonRpcWsAdapter(app, origins, settings));
  const { readiness } = app.get<ApiParts>(API_PARTS, { strict: false });
  return { url: await listen(app, settings), readiness, stop: () => close(app, in_flight_ms_max) };
}
