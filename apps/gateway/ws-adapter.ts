import type { Server } from 'ws';
import { WsAdapter } from '@nestjs/platform-ws';

/** Nest's `ws` adapter without its message format: frames are JSON-RPC, read by the connection itself. */
export class JsonRpcWsAdapter extends WsAdapter {
  override bindMessageHandlers(): void {}

  /** What a client does wrong closes its own socket and is nothing to log. */
  override bindErrorHandler(server: Server): Server {
    return server.on('error', (error) => this.logger.error(error));
  }
}
