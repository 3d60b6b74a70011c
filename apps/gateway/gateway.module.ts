import { Module, type DynamicModule } from '@nestjs/common';
import { Gateway, GATEWAY_PARTS, openGateway, type GatewayOptions } from './gateway.js';
import { UpdatesController } from './updates.controller.js';

/** Sessions over WebSocket, event streams and polls. The application it is imported into uses `JsonRpcWsAdapter`. */
@Module({})
export class GatewayModule {
  static forRoot(options: GatewayOptions): DynamicModule {
    return {
      module: GatewayModule,
      controllers: [UpdatesController],
      providers: [{ provide: GATEWAY_PARTS, useFactory: () => openGateway(options) }, Gateway],
    };
  }
}
