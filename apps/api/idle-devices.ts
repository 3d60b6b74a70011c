import type { Identity } from '#streams/requests.js';
import type { RefreshTokens } from './refresh-tokens.js';

const sweep_ms = 3_600_000;
const swept_devices_max = 100;

/**
 * Signs out devices that were not used for a month: their tokens open nothing any more, so none can come back meanwhile, and any
 * number of api processes may do it. What fails is done in the next hour.
 */
export class IdleDevices {
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly refreshTokens: Pick<RefreshTokens, 'idle'>,
    private readonly signOut: (identity: Identity) => Promise<void>,
    onFailure: (error: unknown) => void,
  ) {
    this.timer = setInterval(() => void this.sweep().catch(onFailure), sweep_ms).unref();
  }

  async sweep(): Promise<void> {
    for (const identity of await this.refreshTokens.idle(swept_devices_max)) await this.signOut(identity);
  }

  close(): void {
    clearInterval(this.timer);
  }
}
