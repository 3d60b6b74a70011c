/** Starts the api by itself: everything over plain HTTP, and its health, on one public port. */
import 'reflect-metadata';
import { AllowedOrigins, type OriginSettings } from '#edge/allowed-origins.js';
import { close, createHttpApplication, listen, type EdgeServer } from '#edge/http-application.js';
import type { StartedApp } from '#process/run-process.js';
import { API_PARTS, apiChecks, type ApiOptions, type ApiParts } from './api-parts.js';
import { ApiModule } from './api.module.js';

/** Resolves when the port is listened on. Stopping answers the requests that are under way. */
export async function startApi(
  options: ApiOptions & OriginSettings & EdgeServer & { readonly host: string; readonly port: number },
): Promise<StartedApp> {
  const app = await createHttpApplication(ApiModule.forRoot(options), new AllowedOrigins(options), options);
  const url = await listen(app, options);
  return {
    url,
    checks: apiChecks(app.get<ApiParts>(API_PARTS, { strict: false })),
    stop: () => close(app),
  };
}
