import type {
  installationHeader,
  OtpRequestAnswer,
  OtpVerifyAnswer,
  QrAnswer,
  QrPending,
  TokenPair,
} from '#protocol/auth.js';
import type { Environment } from './environment.js';
import { installationId, type InstallationStore } from './installation-id.js';
import { errorFromWire, OdnixError } from './odnix-error.js';

/** An access token is renewed when less than this part of its life is left. */
const renew_at_life_left = 0.2;
const http_timeout_ms = 15_000;
const installation_header: typeof installationHeader = 'odnix-installation';

export interface Credentials {
  readonly user_id: string;
  readonly device_id: string;
  readonly access_token: string;
  readonly refresh_token: string;
  /** When the access token should be renewed, by this machine's clock. */
  readonly renew_at_ms: number;
}

/** Where a device keeps its credentials: a key chain, a file that its owner alone reads. A save is whole or not at all. */
export interface CredentialStore extends InstallationStore {
  load(): Promise<Credentials | null>;
  save(credentials: Credentials): Promise<void>;
  clear(): Promise<void>;
}

/** As the user's other devices will see it. */
export interface NewDevice {
  readonly name: string;
  readonly type: 'mobile' | 'web' | 'desktop';
}

export interface VerifyRequest {
  readonly phone: string;
  readonly code: string;
  readonly device: NewDevice;
  readonly display_name?: string;
}

/** Signing in, by phone and code or by a signed-in device, and staying signed in. */
export class Auth {
  #credentials: Credentials | null = null;
  #refreshing: Promise<Credentials> | null = null;
  #installation: Promise<string> | null = null;

  constructor(
    private readonly baseUrl: string,
    private readonly store: CredentialStore,
    private readonly environment: Environment,
  ) {}

  /** The credentials of an earlier run, or null. */
  async restore(): Promise<Credentials | null> {
    this.#credentials = await this.store.load();
    return this.#credentials;
  }

  get credentials(): Credentials | null {
    return this.#credentials;
  }

  async requestCode(phone: string): Promise<OtpRequestAnswer> {
    const body = { phone, installation_id: await this.#installationId() };
    return (await this.#post('/v1/auth/otp/request', body)) as OtpRequestAnswer;
  }

  async verify(request: VerifyRequest): Promise<OtpVerifyAnswer> {
    const body = { ...request, installation_id: await this.#installationId() };
    const answer = (await this.#post('/v1/auth/otp/verify', body)) as OtpVerifyAnswer;
    await this.#keep(answer, answer);
    return answer;
  }

  /** A token to show: a signed-in device of the user reads and accepts it (`OdnixClient.acceptQr`). */
  async requestQr(device: NewDevice): Promise<QrAnswer> {
    const body = { device, installation_id: await this.#installationId() };
    return (await this.#post('/v1/auth/qr', body)) as QrAnswer;
  }

  /**
   * Null: nobody has accepted it yet, ask again after `poll_after_ms`, one poll at a time. A lost answer is asked for again. Throws
   * QR_INVALID when it has expired: show another.
   */
  async pollQr(qrToken: string): Promise<OtpVerifyAnswer | null> {
    const headers = { [installation_header]: await this.#installationId() };
    const path = `/v1/auth/qr/${encodeURIComponent(qrToken)}`;
    const answer = (await this.#parsed(path, { method: 'GET', headers })) as OtpVerifyAnswer | QrPending;
    if (!('access_token' in answer)) return null;
    await this.#keep(answer, answer);
    return answer;
  }

  /** A token that is good for some time yet. Concurrent calls share one refresh. */
  async accessToken(): Promise<string> {
    const credentials = this.#credentials;
    if (!credentials) throw signedOut();
    if (this.environment.nowMs() < credentials.renew_at_ms) return credentials.access_token;
    return (await this.refresh()).access_token;
  }

  /** A new pair, stored before it is used: the old refresh token stays good until then, so a lost answer is asked again. */
  refresh(): Promise<Credentials> {
    this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = null));
    return this.#refreshing;
  }

  /** Ends this device on the server, then forgets its credentials. */
  async logout(): Promise<void> {
    const token = await this.accessToken();
    await this.#post('/v1/auth/logout', {}, token);
    await this.forget();
  }

  async forget(): Promise<void> {
    this.#credentials = null;
    await this.store.clear();
  }

  async #refresh(): Promise<Credentials> {
    const credentials = this.#credentials;
    if (!credentials) throw signedOut();
    const body = { refresh_token: credentials.refresh_token };
    const pair = (await this.#post('/v1/auth/refresh', body)) as TokenPair;
    return this.#keep(credentials, pair);
  }

  async #keep(identity: { user_id: string; device_id: string }, pair: TokenPair): Promise<Credentials> {
    const lifeMs = pair.access_expires_in_s * 1_000;
    const credentials: Credentials = {
      user_id: identity.user_id,
      device_id: identity.device_id,
      access_token: pair.access_token,
      refresh_token: pair.refresh_token,
      renew_at_ms: this.environment.nowMs() + lifeMs * (1 - renew_at_life_left),
    };
    await this.store.save(credentials);
    this.#credentials = credentials;
    return credentials;
  }

  async #post(path: string, body: object, accessToken?: string): Promise<unknown> {
    const headers = {
      'content-type': 'application/json',
      ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
    };
    return this.#parsed(path, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  #installationId(): Promise<string> {
    this.#installation ??= installationId(this.store, this.environment);
    return this.#installation;
  }

  async #parsed(path: string, init: Parameters<Environment['fetch']>[1]): Promise<unknown> {
    const answer = await this.#answer(path, init);
    const parsed: unknown = answer.text === '' ? {} : parseJson(answer.text);
    if (answer.status >= 400) throw httpError(path, answer.status, parsed);
    return parsed;
  }

  async #answer(
    path: string,
    init: Parameters<Environment['fetch']>[1],
  ): Promise<{ status: number; text: string }> {
    const late = new OdnixError('TIMED_OUT', `No answer to ${path} in time.`, { retryable: true });
    let cancel = () => undefined as void;
    const timeOut = new Promise<never>((_resolve, reject) => {
      cancel = this.environment.after(http_timeout_ms, () => reject(late));
    });
    const fetched = this.environment
      .fetch(this.baseUrl + path, init)
      .then(async (answer) => ({ status: answer.status, text: await answer.text() }))
      .catch((cause: unknown) => {
        const error = new OdnixError('NOT_CONNECTED', 'The server does not answer.', { retryable: true });
        throw Object.assign(error, { cause });
      });
    return Promise.race([fetched, timeOut]).finally(() => cancel());
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new OdnixError('INTERNAL', 'The answer is not JSON: is this an Odnix server?', {
      retryable: false,
    });
  }
}

/** What is not an Odnix error body comes from something in between, or from another server. */
function httpError(path: string, status: number, body: unknown): OdnixError {
  const error = (body as { error?: unknown } | null)?.error;
  if (error !== null && typeof error === 'object') return errorFromWire(error);
  return new OdnixError('INTERNAL', `${path} was answered with HTTP ${status}.`, {
    retryable: status >= 500,
  });
}

function signedOut(): OdnixError {
  return new OdnixError('SIGNED_OUT', 'This device is not signed in.', { retryable: false });
}
