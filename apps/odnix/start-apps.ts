/** Starts every app in this process on the given servers, and serves them. */
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import pg from 'pg';
import { connectNats } from '#streams/connection.js';
import type { Settings } from './settings.js';

export interface AppsOptions {
  settings: Settings;
  natsUrl: string;
  databaseUrl: string;
  secret: string;
}

export interface RunningApps {
  url: string;
  stop(): Promise<void>;
}

@Controller('v1/health')
class HealthController {
  @Get('live')
  live(): { status: string } {
    return { status: 'ok' };
  }
}

@Module({ controllers: [HealthController] })
class OdnixModule {}

/** Resolves when requests are answered. */
export async function startApps({ settings, natsUrl, databaseUrl }: AppsOptions): Promise<RunningApps> {
  const nats = await connectNats(natsUrl, { maxReconnectAttempts: -1 });
  const database = new pg.Pool({ connectionString: databaseUrl });
  const app = await NestFactory.create<NestFastifyApplication>(OdnixModule, new FastifyAdapter(), {
    logger: false,
  });
  const stop = async () => {
    await app.close();
    await Promise.all([nats.close(), database.end()]);
  };
  try {
    await database.query('select 1');
    await app.listen(settings.port, settings.host);
  } catch (error) {
    await stop();
    throw listenError(error, settings);
  }
  return { url: (await app.getUrl()).replace('[::1]', 'localhost'), stop };
}

function listenError(error: unknown, { host, port }: Settings): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return new Error(`PORT: ${port} on ${host} is taken by another program; set another.`);
  if (code === 'EACCES') return new Error(`PORT: ${port} may not be used by this user; set one above 1023.`);
  if (code === 'EADDRNOTAVAIL') return new Error(`HOST: ${host} is not an address of this machine.`);
  return error;
}
