/** Starts the admin API and what an installation does for itself. */
import 'reflect-metadata';
import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { AllowedOrigins } from '#edge/allowed-origins.js';
import { close, createHttpApplication, listen } from '#edge/http-application.js';
import { HttpErrorFilter } from '#edge/http-error.js';
import { serverRelease } from '#process/server-release.js';
import type { StartedApp } from '#process/run-process.js';
import { natsCheck, postgresCheck, readModelsCheck } from '#process/server-checks.js';
import type { TaskSettings } from '../background-task.js';
import { backgroundTasks } from '../background-tasks.js';
import { openMeans, type Servers } from '../open-means.js';
import type { AnyOperation } from '../operation.js';
import { knownReadModels } from '../projections/known-read-models.js';
import { operations } from '../operations.js';
import { OperationsController } from './operations.controller.js';
import { ServedOperations } from './served-operations.js';

export interface AdminOptions extends Servers, TaskSettings {
  readonly adminHost: string;
  readonly adminPort: number;
  /** All there are by default. */
  readonly operations?: readonly AnyOperation[];
}

@Module({})
class AdminModule {
  static forRoot(served: ServedOperations): DynamicModule {
    return {
      module: AdminModule,
      controllers: [OperationsController],
      providers: [
        { provide: ServedOperations, useValue: served },
        { provide: APP_FILTER, useClass: HttpErrorFilter },
      ],
    };
  }
}

/** Resolves when the port is listened on. Stopping breaks off what is under way. */
export async function startAdmin(options: AdminOptions): Promise<StartedApp & { readonly url: string }> {
  const means = await openMeans(options);
  const stops: (() => Promise<void>)[] = [means.close];
  const stop = async (): Promise<void> => {
    for (const one of stops.toReversed()) await one();
  };
  try {
    for (const task of backgroundTasks) {
      const started = await task.start(means, options);
      stops.push(() => started.stop());
    }
    const served = new ServedOperations(options.operations ?? operations, means, serverRelease.version);
    // Pages have no business here: none is allowed, in development neither.
    const none = new AllowedOrigins({ origins: [], nodeEnv: 'production' });
    const app = await createHttpApplication(AdminModule.forRoot(served), none);
    const url = await listen(app, { host: options.adminHost, port: options.adminPort }, 'ADMIN_');
    stops.push(async () => {
      served.stop();
      await close(app);
    });
    const required = { nats: natsCheck(means.nats), postgres: postgresCheck(means.db) };
    // Also by code that does not know what is read it may be gone back from.
    const readModels = readModelsCheck(means.db, Object.keys((options.known ?? knownReadModels).tables));
    return { url, checks: { required, optional: { readModels } }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
