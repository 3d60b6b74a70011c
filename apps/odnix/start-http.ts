/** One HTTP server for gateway and api: WebSocket sessions and plain requests on one port. */
import { Module, type DynamicModule } from '@nestjs/common';
import type { ApiOptions } from '../api/api-parts.js';
import { ApiModule } from '../api/api.module.js';
import { createHttpApplication } from '../api/http-application.js';
import { GatewayModule } from '../gateway/gateway.module.js';
import { JsonRpcWsAdapter } from '../gateway/ws-adapter.js';
import type { Settings } from './settings.js';

type EdgeAppOptions = Omit<ApiOptions, 'nodeEnv'>;

@Module({})
class EdgeModule {
  static forRoot(options: ApiOptions): DynamicModule {
    return { module: EdgeModule, imports: [GatewayModule.forRoot(options), ApiModule.forRoot(options)] };
  }
}

/** Resolves when the port is listened on. Stopping drains the sessions first. */
export async function startHttp(
  settings: Settings,
  options: EdgeAppOptions,
): Promise<{ url: string; stop(): Promise<void> }> {
  const { nodeEnv, host, port } = settings;
  const module = EdgeModule.forRoot({ ...options, nodeEnv });
  const app = await createHttpApplication(module);
  app.useWebSocketAdapter(new JsonRpcWsAdapter(app));
  try {
    await app.listen(port, host);
  } catch (error) {
    await app.close();
    throw listenError(error, settings);
  }
  return { url: (await app.getUrl()).replace('[::1]', 'localhost'), stop: () => app.close() };
}

function listenError(error: unknown, { host, port }: Settings): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return new Error(`PORT: ${port} on ${host} is taken by another program; set another.`);
  if (code === 'EACCES') return new Error(`PORT: ${port} may not be used by this user; set one above 1023.`);
  if (code === 'EADDRNOTAVAIL') return new Error(`HOST: ${host} is not an address of this machine.`);
  return error;
}
