/** What the measurements of catching up share: servers, the apps on the way, users with devices and logs. */
import { randomUUID } from 'node:crypto';
import type { AccessSigner } from '#edge/access-token.js';
import { SyncTokens } from '#edge/sync-tokens.js';
import { accessSigner } from '../../test/support/access-signer.js';
import { LogWriter } from '../../test/support/log-writer.js';
import type { StartedProcess } from '../../test/support/app-process.js';
import type { Opening } from '../support/device.js';
import { Filler, type Place } from '../support/filler.js';
import { Installation, streamsPerFamily } from '../support/installation.js';
import { Watch, type Usage } from '../support/usage.js';

const epoch = 1;

export interface Person {
  readonly user_id: string;
  readonly accessToken: string;
}

export type PartName = 'gateway' | 'query handler' | 'NATS' | 'Postgres';

export class Scene {
  readonly filler: Filler;
  private readonly writer: LogWriter;
  private readonly tokens: SyncTokens;

  private constructor(
    readonly installation: Installation,
    readonly gateway: StartedProcess,
    private readonly queryHandler: StartedProcess,
    private readonly access: AccessSigner,
    readonly say: (line: string) => void,
  ) {
    const { nc, secrets } = installation;
    this.filler = new Filler(nc);
    this.writer = new LogWriter(nc, streamsPerFamily);
    this.tokens = new SyncTokens(secrets.syncToken);
  }

  static async set(say: (line: string) => void, profiles?: string): Promise<Scene> {
    const installation = await Installation.start(profiles);
    try {
      await installation.startApp('projector');
      const queryHandler = await installation.startApp('query-handler');
      const gateway = await installation.startApp('gateway');
      const access = await accessSigner(installation.nc, installation.secrets);
      return new Scene(installation, gateway, queryHandler, access, say);
    } catch (error) {
      await installation.stop();
      throw error;
    }
  }

  async person(): Promise<Person> {
    const identity = { user_id: randomUUID(), device_id: randomUUID() };
    await this.writer.signIn(identity.user_id, identity.device_id);
    const accessToken = await this.access.sign(identity, { expiresInS: 36_000 });
    return { user_id: identity.user_id, accessToken };
  }

  /** Everything is stored and projected. */
  async filled(): Promise<void> {
    const start = performance.now();
    const { filler, installation } = this;
    await filler.flush();
    await installation.projected(filler.userSequence, filler.chatSequence);
    const { chatSequence, userSequence } = filler;
    const seconds = ((performance.now() - start) / 1_000).toFixed(0);
    this.say(`${userSequence} entries and ${chatSequence} decisions stored; projected ${seconds} s later`);
  }

  opening({ user_id, accessToken }: Person, place: Place): Opening {
    const syncToken = this.tokens.encode(user_id, epoch, place);
    return { url: this.gateway.url, accessToken, syncToken };
  }

  /** What each part takes until the work is done. */
  async usageDuring(work: () => Promise<unknown>): Promise<Record<PartName, Usage>> {
    const { installation, gateway, queryHandler } = this;
    const watches = {
      gateway: new Watch(gateway.pid),
      'query handler': new Watch(queryHandler.pid),
      NATS: new Watch(installation.nats.pid),
      Postgres: new Watch(installation.postgres.pid),
    };
    try {
      await work();
    } finally {
      for (const watch of Object.values(watches)) watch.stop();
    }
    const usages = Object.entries(watches).map(([name, watch]) => [name, watch.usage()]);
    return Object.fromEntries(usages) as Record<PartName, Usage>;
  }
}
