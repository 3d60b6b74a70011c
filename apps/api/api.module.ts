import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { API_PARTS, openApi, type ApiOptions, type ApiParts } from './api-parts.js';
import { AuthController } from './auth.controller.js';
import { REQUEST_LIMITS } from '#edge/address-limit.guard.js';
import { HttpErrorFilter } from '#edge/http-error.js';
import { HealthController, READINESS } from '#process/health.controller.js';
import { QrController } from './qr.controller.js';
import { RpcController } from './rpc.controller.js';

/** Plain HTTP. The application it is imported into is made by `createHttpApplication`. */
@Module({})
export class ApiModule implements OnApplicationShutdown {
  constructor(@Inject(API_PARTS) private readonly parts: ApiParts) {}

  static forRoot(options: ApiOptions): DynamicModule {
    return {
      module: ApiModule,
      controllers: [AuthController, QrController, RpcController, HealthController],
      providers: [
        { provide: API_PARTS, useFactory: () => openApi(options) },
        { provide: READINESS, useFactory: (parts: ApiParts) => parts.readiness, inject: [API_PARTS] },
        { provide: REQUEST_LIMITS, useFactory: ({ edge }: ApiParts) => edge.limits, inject: [API_PARTS] },
        { provide: APP_FILTER, useClass: HttpErrorFilter },
      ],
    };
  }

  /** After the server has stopped to take requests and those under way are answered. */
  async onApplicationShutdown(): Promise<void> {
    this.parts.signing.close();
    this.parts.idleDevices.close();
    await Promise.all([this.parts.edge.close(), this.parts.db.destroy()]);
  }
}
