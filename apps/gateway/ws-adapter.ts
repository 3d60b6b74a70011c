import type { Server } from 'ws';
import type { INestApplicationContext } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import type { AllowedOrigins } from '#edge/allowed-origins.js';
import { compression } from './compression.js';
import { verifyUpgrade } from './verify-upgrade.js';

/** Nest's `ws` adapter without its message format: frames are JSON-RPC, read by the connection itself. */
export class JsonRpcWsAdapter extends WsAdapter {
  constructor(
    app: INestApplicationContext,
    private readonly origins: AllowedOrigins,
    private readonly settings: { readonly compression: boolean },
  ) {
    super(app);
  }

  override create(port: number, options: Record<string, unknown>): Server {
    const perMessageDeflate = this.settings.compression && compression;
    return super.create(port, { ...options, perMessageDeflate, verifyClient: verifyUpgrade(this.origins) });
  }

  override bindMessageHandlers(): void {}

  /** What a client does wrong closes its own socket and is nothing to log. */
  override bindErrorHandler(server: Server): Server {
    return server.on('error', (error) => this.logger.error(error));
  }
}
