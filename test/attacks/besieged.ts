/** One installation that is attacked while two people chat, and what is stored in it by anybody else. */
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { runningServers, type RunningServers } from '#process/servers-file.js';
import { connectNats } from '#streams/connection.js';
import { startOdnix, type OdnixProcess } from '../support/odnix-process.js';
import { Person } from '../support/person.js';
import { freshDirectory } from '../support/run-directory.js';
import { WellBehavedPair } from '../support/well-behaved-pair.js';
import { post, WireClient, type SignedIn } from '../support/wire-client.js';

/** Between the two alone. */
export const pair_words = 'quicksilver-lantern';

export class Besieged {
  private constructor(
    readonly odnix: OdnixProcess,
    readonly servers: RunningServers,
    readonly directory: string,
    private readonly nc: NatsConnection,
    readonly pair: WellBehavedPair,
    /** Somebody with an account and no chat, whom the two do not know. */
    readonly stranger: Person,
  ) {}

  static async start(): Promise<Besieged> {
    const directory = freshDirectory();
    const odnix = await startOdnix(join(directory, 'data'), {
      LOG_LEVEL: 'trace',
      SIGN_IN_TRIES_MAX: '100000',
      // What is attacked here is what stands behind the limits.
      LIMITS_SCALE: '1000',
    });
    const servers = runningServers(join(directory, 'data'))!;
    const nc = await connectNats(servers.natsUrl, { name: 'test' });
    const phones = ['+15550701', '+15550702'] as const;
    const pair = await WellBehavedPair.meet(odnix.url, { phones, words: pair_words });
    const stranger = await (await Person.signIn(odnix.url, '+15550703')).connect();
    return new Besieged(odnix, servers, directory, nc, pair, stranger);
  }

  get url(): string {
    return this.odnix.url;
  }

  async stop(): Promise<void> {
    this.pair.close();
    this.stranger.client.drop();
    await this.nc.close();
    await this.odnix.stop();
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

  /** How many messages each aggregate has, of those that are not the pair's. */
  async stored(): Promise<Readonly<Record<string, number>>> {
    const jsm = await jetstreamManager(this.nc);
    const names = (await jsm.streams.names().next()).filter((name) =>
      /^(CHAT|RECEIPT|ACCOUNT|USER)_/.test(name),
    );
    const infos = await Promise.all(names.map((name) => jsm.streams.info(name, { subjects_filter: '>' })));
    const theirs = [this.pair.chatId, this.pair.one.userId, this.pair.other.userId];
    const counts = infos
      .flatMap(({ state }) => Object.entries(state.subjects ?? {}))
      .filter(([subject]) => !subject.startsWith('timeline.') && !theirs.some((id) => subject.endsWith(id)));
    return Object.fromEntries(counts.toSorted());
  }
}
