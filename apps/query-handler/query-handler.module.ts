import { Module, type DynamicModule } from '@nestjs/common';
import { Queries } from './queries.js';
import { QueriesController } from './queries.controller.js';

@Module({ controllers: [QueriesController] })
export class QueryHandlerModule {
  static with(queries: Queries): DynamicModule {
    return { module: QueryHandlerModule, providers: [{ provide: Queries, useValue: queries }] };
  }
}
