import { Logger } from '@nestjs/common';
import { openDatabase, type Database } from '#db/database.js';
import { acceptQr } from '#edge/accept-qr.js';
import { Bearer } from '#edge/bearer.js';
import { Caller } from '#edge/caller.js';
import { devicesList } from '#edge/devices-list.js';
import { Dispatch, type EdgeMethods } from '#edge/dispatch.js';
import { edgeChecks } from '#edge/edge-checks.js';
import type { Secrets } from '#edge/secrets.js';
import { openEdge, type EdgeOptions, type EdgeServices } from '#edge/open-edge.js';
import { Readiness, type Checks, type ReadinessSource } from '#process/readiness.js';
import { postgresCheck } from '#process/server-checks.js';
import { developmentSender, openSender, type SenderSettings } from './open-sender.js';
import { PhoneCodes } from './phone-codes.js';
import { IdleDevices } from './idle-devices.js';
import { OneTimeCodes } from './one-time-codes.js';
import { QrCodes } from './qr-codes.js';
import { QrSignIns } from './qr-sign-ins.js';
import { RefreshTokens } from './refresh-tokens.js';
import { failureTeller } from './sign-in-failures.js';
import { SignInCounts, signInLimits } from './sign-in-limits.js';
import { SignIn } from './sign-in.js';
import { SigningKeys } from './signing-keys.js';
import { systemChecks } from './system-checks.js';

export interface ApiOptions extends EdgeOptions, Partial<SenderSettings> {
  readonly databaseUrl: string;
  readonly nodeEnv: string;
  /** What strangers may try from one address in ten minutes; absent: the limits' own. */
  readonly signInsPerAddressMax?: number;
  /** What `/v1/health/ready` tells; absent: the health of the whole system. */
  readonly readiness?: ReadinessSource;
}

export const API_PARTS = Symbol('api parts');

export interface ApiParts {
  readonly edge: EdgeServices;
  readonly db: Database;
  readonly signing: SigningKeys;
  readonly idleDevices: IdleDevices;
  readonly bearer: Bearer;
  readonly signIn: SignIn;
  readonly qrCodes: QrCodes;
  readonly refreshTokens: RefreshTokens;
  readonly dispatch: Dispatch<Caller>;
  readonly readiness: ReadinessSource;
}

const database = { application: 'odnix-api', connections_max: 8, statement_ms_max: 5_000 };
const logger = new Logger('api');

export async function openApi(options: ApiOptions): Promise<ApiParts> {
  const { secrets, nodeEnv } = options;
  const sender = await openSender({ ...developmentSender, ...options }, nodeEnv);
  const edge = await openEdge(options, logFailure);
  const { ask, devices, keys } = edge;
  const signing = await SigningKeys.start(edge.nats, keys, secrets.signingKeySeal, (error) =>
    logFailure('keys of access tokens', error),
  );
  const db = openDatabase({ url: options.databaseUrl, ...database });
  const { phoneHash, credentialHash } = secrets;
  const counts = new SignInCounts(db, credentialHash);
  const limits = signInLimits(options.signInsPerAddressMax);
  const codes = new PhoneCodes({
    codes: new OneTimeCodes(db, credentialHash),
    counts,
    limits,
    sender,
    phoneHash,
    credentialHash,
    onFailed: failureTeller(edge.ask, credentialHash, (error) => logFailure('a failed sign-in', error)),
  });
  const refreshTokens = new RefreshTokens(db, credentialHash);
  const signIn = new SignIn({ ask, access: signing, devices, codes, refreshTokens, nodeEnv });
  const signIns = new QrSignIns(db, credentialHash);
  edge.pairs.listen(
    (pair) => void refreshTokens.pairUsed(pair).catch((error: unknown) => logFailure('pair used', error)),
  );
  edge.activity.serve((userId) => refreshTokens.activityOf(userId));
  return {
    edge,
    db,
    signing,
    idleDevices: new IdleDevices(
      refreshTokens,
      (identity) => signIn.takeOutIdle(identity),
      (error) => logFailure('idle devices', error),
    ),
    bearer: new Bearer(edge.access, devices),
    signIn,
    qrCodes: new QrCodes({ signIns, signIn, devices, counts, limits }),
    refreshTokens,
    dispatch: rpcDispatch(edge, secrets),
    readiness: options.readiness ?? new Readiness(systemChecks(edge.nats, db, options.streamsPerFamily)),
  };
}

/** Of this process alone: sends, live push and shallow catch-up go on without Postgres, and without those who answer. */
export function apiChecks({ edge, db }: ApiParts): Checks {
  const { nats, ...behind } = edgeChecks(edge.nats);
  return { required: { nats }, optional: { postgres: postgresCheck(db), ...behind } };
}

function rpcDispatch(edge: EdgeServices, { phoneHash, credentialHash }: Secrets): Dispatch<Caller> {
  const { updates, ask, tokens, epochOf, limits } = edge;
  const edgeMethods: EdgeMethods<Caller> = {
    'devices.acceptQr': acceptQr(edge.ask, credentialHash),
    'session.ping': () => Promise.resolve({ server_time_ms: Date.now() }),
    'calls.iceServers': async ({ identity }) => edge.iceServers.of(identity!.user_id),
    'devices.list': (caller) => devicesList(edge, caller.identity!),
    'updates.getState': (caller) => updates.getState(caller),
    'updates.getDifference': (caller, params: never) => updates.getDifference(caller, params),
    'updates.ack': (caller, params: never) => updates.ack(caller, params),
  };
  const what = { ask, edgeMethods, syncTokens: tokens, limits, epochOf, phoneHash };
  return new Dispatch({ ...what, onFailure: logFailure });
}

/** Names and messages of errors only: requests hold people's words. */
function logFailure(what: string, error: unknown): void {
  logger.error(`${what}: ${error instanceof Error ? `${error.name}: ${error.message}` : 'failed'}`);
}
