/** A person of the suite, signed in once: a session in JSON, one in MessagePack, and plain HTTP. */
import { randomUUID } from 'node:crypto';
import { post, WireClient, WireRefusal, type SignedIn, type WireUpdate } from '../support/wire-client.js';
import { Rpc, type Caller } from './rpc.js';

const tries_max = 60;
const try_again_ms = 100;

export class Participant {
  private constructor(
    readonly url: string,
    readonly phone: string,
    readonly identity: SignedIn,
    readonly json: WireClient,
    readonly packed: WireClient,
    readonly rpc: Rpc,
  ) {}

  static async signIn(url: string, phone: string): Promise<Participant> {
    const identity = await signInBy(url, phone);
    const open = (subprotocol: 'odnix.v1.json' | 'odnix.v1.msgpack') =>
      WireClient.open(url, identity.access_token, undefined, { subprotocol });
    const [json, packed] = await Promise.all([open('odnix.v1.json'), open('odnix.v1.msgpack')]);
    for (const caller of [json, packed]) waitForLimits(caller);
    return new Participant(url, phone, identity, json, packed, new Rpc(url, identity));
  }

  get userId(): string {
    return this.identity.user_id;
  }

  /** By the name of the way. */
  get callers(): Readonly<Record<'WebSocket' | 'MessagePack' | 'POST /v1/rpc', Caller>> {
    return { WebSocket: this.json, MessagePack: this.packed, 'POST /v1/rpc': this.rpc };
  }

  /** The first update for which the condition holds, once it has come. */
  async sees(what: string, condition: (update: Record<string, any>) => boolean): Promise<WireUpdate> {
    const find = () => this.json.updates.find(({ update }) => condition(update));
    await this.json
      .until(() => find() !== undefined, update_ms_max)
      .catch(() => {
        throw new Error(`no ${what} came within ${update_ms_max} ms`);
      });
    return find()!;
  }

  /** Ends this device and with it every connection of it. */
  async signOut(): Promise<void> {
    this.json.drop();
    this.packed.drop();
    await post(this.url, '/v1/auth/logout', undefined, this.identity.access_token).catch(() => undefined);
  }
}

const update_ms_max = 10_000;

/** How much is allowed is no part of what is checked: who meets a limit waits as long as it says. */
function waitForLimits(caller: WireClient): void {
  const ask = caller.request.bind(caller);
  caller.request = (...asked) => patiently(() => ask(...asked), 'RATE_LIMITED');
}

/** A code of one's own installation, as the protocol lets a client ask for it. */
export async function signInBy(url: string, phone: string, name = 'conformance'): Promise<SignedIn> {
  const installation_id = randomUUID();
  const { dev_code } = await post(url, '/v1/auth/otp/request', { phone, installation_id });
  if (typeof dev_code !== 'string')
    throw new Error('the server tells no dev_code: start it with CODE_SENDER=development to run the suite');
  const device = { name, type: 'desktop' };
  const signedIn = { phone, code: dev_code, device, display_name: 'Conformance', installation_id };
  return post(url, '/v1/auth/otp/verify', signedIn);
}

/** Asks again what the server calls retryable, or what it refuses with the one code, after as long as it says. */
export async function patiently<T>(ask: () => Promise<T>, only?: string): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof WireRefusal) || !error.error.data?.retryable || tried === tries_max) throw error;
      if (only !== undefined && error.error.data.code !== only) throw error;
      const wait_ms = error.error.data.retry_after_ms ?? try_again_ms;
      await new Promise((resolve) => setTimeout(resolve, wait_ms));
    }
  }
}

/** The refusal that the answer must be. Throws when it is none. */
export async function refusal(asked: Promise<unknown>): Promise<WireRefusal> {
  const answer = await asked.then(
    (result) => new Error(`answered ${JSON.stringify(result).slice(0, 120)} instead of an error`),
    (error: Error) => error,
  );
  if (!(answer instanceof WireRefusal)) throw answer;
  return answer;
}
