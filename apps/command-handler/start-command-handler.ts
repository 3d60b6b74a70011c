/** Starts the command handler: decides what is asked of chats and accounts, for the ranges whose leases it holds. */
import 'reflect-metadata';
import { setTimeout as delay } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import type { NatsConnection } from '@nats-io/nats-core';
import { v7 as uuidV7 } from 'uuid';
import type { ChatLimits } from '#domain/chat/index.js';
import { openDatabase, type Database } from '#db/database.js';
import type { Secrets } from '#edge/secrets.js';
import { isTrue, type Checks } from '#process/readiness.js';
import { natsCheck, postgresCheck, readModelsCheck } from '#process/server-checks.js';
import { connectNats } from '#streams/connection.js';
import type { DevicesRevoked } from '#streams/devices-revoked.js';
import { NatsEventStore } from '#streams/nats-event-store.js';
import { publishOne } from '#streams/publish-one.js';
import type { SightChanged } from '#streams/sight-changed.js';
import { devicesRevokedSubject, sightChangedSubject } from '#streams/subjects.js';
import { QrAcceptance } from './account/accept-qr.js';
import { ephemeralUserSubject } from '#streams/subjects.js';
import { AccountService } from './account/account-service.js';
import { neverBack } from './clock.js';
import { ChatService } from './chat/chat-service.js';
import type { TellSignal } from './chat/call-signals.js';
import { startExpiry } from './chat/expiry.js';
import type { TellTyping } from './chat/typing.js';
import { CommandHandlerModule } from './command-handler.module.js';
import { MembersExist } from './members-exist.js';
import { PostgresReadModels } from './postgres-read-models.js';
import { RangeTransport } from './range-transport.js';
import { RefusedCommands, type StoreRefused } from './refused-commands.js';
import { Receipts } from './receipts.js';

const connections_max = 8;
const statement_ms_max = 2_000;
/** Longer than a lease lives: until then, ranges of a handler that died may still be nobody's. */
const served_ms_max_default = 12_000;
const start_poll_ms = 25;

export interface CommandHandlerOptions {
  readonly natsUrl: string;
  readonly databaseUrl: string;
  readonly secrets: Secrets;
  readonly streamsPerFamily: number;
  /** How long a start waits until every range is served. */
  readonly served_ms_max?: number;
  /** By default those of the domain. */
  readonly chatLimits?: Partial<ChatLimits>;
}

export interface RunningCommandHandler {
  /** Stops taking requests, answers those in flight, gives its ranges to the others. */
  stop(): Promise<void>;
  /** Whether every range is served, by this handler or another. */
  ready(): Promise<boolean>;
  /** Postgres is optional: sends go on without it. */
  readonly checks: Checks;
}

/** Resolves when every range is served, or after `served_ms_max`. Does not need Postgres to start, nor to take sends. */
export async function startCommandHandler(options: CommandHandlerOptions): Promise<RunningCommandHandler> {
  const { natsUrl, databaseUrl } = options;
  const nats = await connectNats(natsUrl, { name: 'command-handler', maxReconnectAttempts: -1 });
  const limits = { connections_max, statement_ms_max };
  const database = openDatabase({ url: databaseUrl, application: 'command-handler', ...limits });
  const { chats, accounts, models, refused } = services(nats, database, options);
  const transport = new RangeTransport({
    nats,
    onRangeTaken: (target, range) => target === 'chat' && chats.forgetRange(range),
  });
  const module = CommandHandlerModule.with(chats, accounts, refused);
  const app = await NestFactory.createMicroservice(module, {
    strategy: transport,
    logger: ['error', 'warn'],
  });
  const expiry = startExpiry({
    models,
    expire: (chatId, seqs) => chats.expire(chatId, seqs),
    expireCall: (chatId, callId) => chats.expireCall(chatId, callId),
    isServed: (chatId) => transport.serves('chat', chatId),
  });
  const stop = async (): Promise<void> => {
    await expiry.stop();
    await app.close();
    await Promise.all([nats.drain().catch(() => undefined), database.destroy()]);
  };
  await app.listen();
  const ready = () => transport.areAllRangesServed();
  const deadlineMs = performance.now() + (options.served_ms_max ?? served_ms_max_default);
  while (performance.now() < deadlineMs && !(await ready())) await delay(start_poll_ms);
  const ranges = isTrue(ready, 'not every range is served');
  const checks = {
    required: { nats: natsCheck(nats), ranges, readModels: readModelsCheck(database) },
    optional: { postgres: postgresCheck(database) },
  };
  return { stop, ready, checks };
}

function services(
  nats: NatsConnection,
  database: Database,
  { secrets, streamsPerFamily, chatLimits: limits }: CommandHandlerOptions,
) {
  const store = new NatsEventStore(nats, { streamsPerFamily });
  const models = new PostgresReadModels(database);
  const qr = new QrAcceptance(database);
  const clock = { nowMs: Date.now, keysNowMs: neverBack(), nextId: () => uuidV7() };
  const receipts = new Receipts(store, clock, streamsPerFamily);
  const tellTyping: TellTyping = (userIds, params) => {
    const text = JSON.stringify({ method: 'typing', params });
    for (const userId of userIds) nats.publish(ephemeralUserSubject(userId), text);
  };
  const tellSignal: TellSignal = ({ user_id, ...device }, params) =>
    nats.publish(ephemeralUserSubject(user_id), JSON.stringify({ method: 'call.signal', params, ...device }));
  const chat = { store, models, secrets, clock, streamsPerFamily, tellTyping, tellSignal };
  const tellRevoked = (revoked: DevicesRevoked) =>
    nats.publish(devicesRevokedSubject, JSON.stringify(revoked));
  const tellSight = (userId: string, changed: SightChanged) =>
    nats.publish(sightChangedSubject(userId), JSON.stringify(changed));
  const chats = new ChatService({ ...chat, ...(limits && { limits }) });
  const membersExist = new MembersExist(models, store);
  const shared = { store, models, receipts, qr, clock, streamsPerFamily };
  const accounts = new AccountService({ ...shared, membersExist, chats, tellRevoked, tellSight });
  const storeRefused: StoreRefused = (subject, data) =>
    publishOne(nats, { subject, data }).then(
      ({ ok }) => ok,
      () => false,
    );
  const refused = new RefusedCommands(storeRefused, clock.nowMs);
  return { chats, accounts, models, refused };
}
