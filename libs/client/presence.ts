import type { PresenceStatus, PresenceView } from '#protocol/methods/presence.js';
import { backOffMs } from './back-off.js';
import type { CancelTimer, Environment } from './environment.js';
import { asOdnixError, isRetryable, OdnixError } from './odnix-error.js';

export interface PresenceOptions {
  readonly environment: Environment;
  readonly watch: (userIds: readonly string[]) => Promise<readonly PresenceView[]>;
  readonly set: (status: PresenceStatus) => Promise<unknown>;
  readonly onChanged: (view: PresenceView) => void;
}

/**
 * Whom this device watches, and whether anybody looks at it: told to the server once there is a session, and again to each new one,
 * which knows nothing of the last. Without a connection nothing is known of anybody.
 */
export class Presence {
  readonly #known = new Map<string, PresenceView>();
  #userIds: readonly string[] = [];
  #status: PresenceStatus = 'online';
  /** How many a list may have; 0: there is no session, or its server does not have this. */
  #watched_max = 0;
  /** What is said of a list that was given up meanwhile is not listened to. */
  #list = 0;
  #cancelRetry: CancelTimer | null = null;

  constructor(private readonly options: PresenceOptions) {}

  /** In place of those watched before. */
  watch(userIds: readonly string[]): void {
    this.#userIds = [...new Set(userIds)];
    for (const userId of this.#known.keys()) if (!this.#userIds.includes(userId)) this.#known.delete(userId);
    void this.#tell();
  }

  get(userId: string): PresenceView | undefined {
    return this.#known.get(userId);
  }

  /** `offline`: nobody looks at this device, although it stays connected. */
  set(status: PresenceStatus): void {
    if (status === this.#status) return;
    this.#status = status;
    if (this.#watched_max > 0) void this.#tellStatus();
  }

  /** A session was opened, whose server lets that many be watched. */
  opened(watched_max: number): void {
    this.#watched_max = watched_max;
    if (this.#status === 'offline') void this.#tellStatus();
    if (this.#userIds.length > 0) void this.#tell();
  }

  offline(): void {
    this.#watched_max = 0;
    this.#list += 1;
    this.#cancelRetry?.();
    this.#known.clear();
  }

  heard(view: PresenceView): void {
    if (!this.#userIds.includes(view.user_id)) return;
    const { status, last_seen_ms } = this.#known.get(view.user_id) ?? {};
    if (status === view.status && last_seen_ms === view.last_seen_ms) return;
    this.#known.set(view.user_id, view);
    this.options.onChanged(view);
  }

  async #tell(attempt = 0): Promise<void> {
    this.#cancelRetry?.();
    if (this.#watched_max === 0) return;
    const list = (this.#list += 1);
    try {
      const views = await this.options.watch(this.#userIds.slice(0, this.#watched_max));
      if (list === this.#list) for (const view of views) this.heard(view);
    } catch (error) {
      if (list !== this.#list || !isRetryable(error)) return;
      const { environment } = this.options;
      const waitMs = backOffMs(attempt, environment.random(), asOdnixError(error).retryAfterMs);
      this.#cancelRetry = environment.after(waitMs, () => void this.#tell(attempt + 1));
    }
  }

  /** Lost with the connection, it is told to the next. */
  async #tellStatus(): Promise<void> {
    await this.options.set(this.#status).catch((error: unknown) => {
      if (!(error instanceof OdnixError)) throw error;
    });
  }
}
