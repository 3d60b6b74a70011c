import { Module, type DynamicModule } from '@nestjs/common';
import { REQUEST_LIMITS } from '#edge/address-limit.guard.js';
import { Gateway, GATEWAY_PARTS, openGateway, type GatewayOptions, type GatewayParts } from './gateway.js';
import { UpdatesController } from './updates.controller.js';

/** Sessions over WebSocket, event streams and polls. The application it is imported into uses `JsonRpcWsAdapter`. */
@Module({})
export class GatewayModule {
  static forRoot(options: GatewayOptions): DynamicModule {
    return {
      module: GatewayModule,
      controllers: [UpdatesController],
      providers: [
        { provide: GATEWAY_PARTS, useFactory: () => openGateway(options) },
        {
          provide: REQUEST_LIMITS,
          useFactory: ({ edge }: GatewayParts) => edge.limits,
          inject: [GATEWAY_PARTS],
        },
        Gateway,
      ],
    };
  }
}
