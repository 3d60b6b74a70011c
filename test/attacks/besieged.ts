/** One installation that is attacked while two people chat, and what is stored in it by anybody else. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { deriveSecrets, type Secrets } from '#edge/secrets.js';
import { runningServers, type RunningServers } from '#process/servers-file.js';
import { connectNats } from '#streams/connection.js';
import { startApp, type StartedProcess } from '../support/app-process.js';
import { startOtlpReceiver, type OtlpReceiver } from '../support/otlp-receiver.js';
import { startOdnix, type OdnixProcess } from '../support/odnix-process.js';
import { Person } from '../support/person.js';
import { freshDirectory } from '../support/run-directory.js';
import { WellBehavedPair } from '../support/well-behaved-pair.js';
import { post, WireClient, type SignedIn } from '../support/wire-client.js';
import { SilentCrowd } from './silent-crowd.js';

/** Between the two alone. */
export const pair_words = 'quicksilver-lantern';

export class Besieged {
  readonly crowd = new SilentCrowd();

  private constructor(
    readonly odnix: OdnixProcess,
    readonly servers: RunningServers,
    readonly directory: string,
    /** What its processes share, as hardly an attacker has it: for what is authentic and yet no longer true. */
    readonly secret: string,
    readonly nc: NatsConnection,
    /** Beside it, a gateway that limits as one does in production. */
    readonly limited: StartedProcess,
    readonly pair: WellBehavedPair,
    /** Two who chat through the one that limits. */
    readonly limitedPair: WellBehavedPair,
    /** Somebody with an account and no chat, whom the two do not know. */
    readonly stranger: Person,
    /** What they tell of every request. */
    readonly collector: OtlpReceiver,
  ) {}

  static async start(): Promise<Besieged> {
    const directory = freshDirectory();
    const secret = randomBytes(32).toString('base64url');
    const collector = await startOtlpReceiver();
    const traced = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_TRACES_SAMPLER_ARG: '1' };
    const common = { LOG_LEVEL: 'trace', ODNIX_SECRET: secret, ...traced };
    const odnix = await startOdnix(join(directory, 'data'), {
      ...common,
      SIGN_IN_TRIES_MAX: '100000',
      // What is attacked here is what stands behind the limits.
      LIMITS_SCALE: '1000',
    });
    const servers = runningServers(join(directory, 'data'))!;
    const nc = await connectNats(servers.natsUrl, { name: 'test' });
    const { natsUrl: NATS_URL, streamsPerFamily } = servers;
    const env = { ...common, NATS_URL, STREAMS_PER_FAMILY: String(streamsPerFamily) };
    const limited = await startApp('gateway', { ...env, LOG_FORMAT: 'json' });
    const phones = ['+15550701', '+15550702'] as const;
    const pair = await WellBehavedPair.meet(odnix.url, { phones, words: pair_words });
    const meeting = { phones: ['+15550704', '+15550705'] as const, words: 'among thousands' };
    const limitedPair = await WellBehavedPair.meet(odnix.url, meeting, limited.url);
    const stranger = await (await Person.signIn(odnix.url, '+15550703')).connect();
    return new Besieged(
      odnix,
      servers,
      directory,
      secret,
      nc,
      limited,
      pair,
      limitedPair,
      stranger,
      collector,
    );
  }

  get secrets(): Secrets {
    return deriveSecrets(Buffer.from(this.secret, 'base64url'));
  }

  get url(): string {
    return this.odnix.url;
  }

  async stop(): Promise<void> {
    this.pair.close();
    this.limitedPair.close();
    this.stranger.client.drop();
    await this.nc.close();
    await this.limited.stop();
    await this.odnix.stop();
    await this.collector.stop();
  }

  socket(options = {}): Promise<WireClient> {
    return WireClient.open(this.url, this.stranger.identity.access_token, undefined, options);
  }

  signIn(phone: string): Promise<SignedIn> {
    return Person.signIn(this.url, phone).then(({ identity }) => identity);
  }

  /** A plain HTTP request: its status and the code of its error. */
  async http(
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<[number, string | undefined]> {
    const response = await fetch(`${this.url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return [
      response.status,
      text === '' ? undefined : (JSON.parse(text) as { error?: { code: string } }).error?.code,
    ];
  }

  post(path: string, body: unknown): Promise<any> {
    return post(this.url, path, body);
  }

  /** How many messages each aggregate has, of those that are not the pairs'. */
  async stored(): Promise<Readonly<Record<string, number>>> {
    const jsm = await jetstreamManager(this.nc);
    const names = (await jsm.streams.names().next()).filter((name) =>
      /^(CHAT|RECEIPT|ACCOUNT|USER)_/.test(name),
    );
    const infos = await Promise.all(names.map((name) => jsm.streams.info(name, { subjects_filter: '>' })));
    const pairs = [this.pair, this.limitedPair];
    const theirs = pairs.flatMap(({ chatId, one, other }) => [chatId, one.userId, other.userId]);
    const counts = infos
      .flatMap(({ state }) => Object.entries(state.subjects ?? {}))
      .filter(([subject]) => !subject.startsWith('timeline.') && !theirs.some((id) => subject.endsWith(id)));
    return Object.fromEntries(counts.toSorted());
  }
}
