/** A device of the SDK: what its user would be shown is recorded, and nothing of how it gets there. */
import { Auth } from '#client/auth.js';
import { OdnixClient } from '#client/client.js';
import type { LocalStore } from '#client/local-store.js';
import { nodeEnvironment } from '#client/node/node-environment.js';
import { asOdnixError } from '#client/odnix-error.js';
import { StoredCredentials } from '#client/stored-credentials.js';
import type { Journal } from '../journal.js';
import type { OperationRecord, ShownRecord } from '../records.js';

export interface SdkDeviceOptions {
  readonly name: string;
  readonly baseUrl: string;
  readonly phone: string;
  readonly store: LocalStore;
  readonly journal: Journal;
}

/** Of each chat, messages written down at rest. */
const messages_shown_max = 200;

export class SdkDevice {
  private constructor(
    readonly name: string,
    readonly client: OdnixClient,
    private readonly journal: Journal,
  ) {
    client.on('refused', ({ error }) => this.show('refused', error));
    client.on('diverged', () => this.show('diverged', null));
    client.on('problem', ({ error }) => this.show('problem', error));
    let wasOpen = false;
    client.on('connection', (state) => {
      if (wasOpen && state.status === 'waiting') this.show('reconnecting', state.error ?? null);
      if (state.status === 'stopped' && state.error) this.show('stopped', state.error);
      wasOpen = state.status === 'open';
    });
  }

  /** Signed in, connected, and up to date. */
  static async start(options: SdkDeviceOptions): Promise<SdkDevice> {
    const { name, baseUrl, phone, store, journal } = options;
    const auth = new Auth(baseUrl, new StoredCredentials(store), nodeEnvironment);
    const { dev_code } = await auth.requestCode(phone);
    const device = { name, type: 'desktop' as const };
    await auth.verify({ phone, code: dev_code!, device, display_name: `Drill ${phone}` });
    const client = await OdnixClient.start({
      url: baseUrl,
      environment: nodeEnvironment,
      auth,
      store,
      client: { name: 'drill', version: '1.0.0' },
    });
    const sdkDevice = new SdkDevice(name, client, journal);
    await client.connect();
    return sdkDevice;
  }

  get userId(): string {
    return this.client.userId;
  }

  /** Records what the user asked for and what came of it; a rejection is what the user is shown. */
  async perform(
    method: string,
    params: OperationRecord['params'],
    call: () => Promise<Record<string, unknown>>,
  ): Promise<OperationRecord> {
    const begun_ms = this.journal.nowMs();
    const about = {
      kind: 'operation' as const,
      device: this.name,
      user: this.userId,
      method,
      params,
      begun_ms,
    };
    const settled = (
      rest: Pick<OperationRecord, 'outcome' | 'code' | 'retryable' | 'result'>,
    ): OperationRecord => {
      const record = { ...about, ended_ms: this.journal.nowMs(), attempts: [], ...rest };
      this.journal.write(record);
      return record;
    };
    try {
      return settled({ outcome: 'acknowledged', result: await call() });
    } catch (thrown) {
      const { code, retryable } = asOdnixError(thrown);
      return settled({ outcome: retryable ? 'unknown' : 'refused', code, retryable });
    }
  }

  writeShownState(): void {
    const chats = this.client.chats().map(({ last_message: _last, ...chat }) => ({
      ...chat,
      messages: this.client
        .messages(chat.chat_id)
        .filter(({ seq }) => seq !== null)
        .slice(-messages_shown_max)
        .map(({ seq, content, is_deleted }) => ({
          seq,
          ...(content?.type === 'text' ? { text: content.text } : {}),
          deleted: is_deleted,
        })),
    }));
    const { name: device, userId: user } = this;
    this.journal.write({ kind: 'shown_state', device, user, pts: this.client.pts, chats });
  }

  private show(event: ShownRecord['event'], error: unknown): void {
    const { code, retryable } = error === null ? { code: 'none', retryable: true } : asOdnixError(error);
    this.journal.write({
      kind: 'shown',
      device: this.name,
      at_ms: this.journal.nowMs(),
      event,
      code,
      retryable,
    });
  }
}
