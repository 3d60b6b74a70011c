import type { PresenceStore } from '#streams/presence-store.js';
import { v7 as uuidV7 } from 'uuid';
import { counter, gauge } from '#observability/metrics.js';
import { GatewayLives } from './gateway-lives.js';

const beats = counter('odnix.gateway.presence.beats', {});
const alive = gauge('odnix.gateway.presence.gateways', {});
const expired = counter('odnix.gateway.presence.expired', {});

/** Within the time after which a silent gateway counts as gone. */
const beats_per_life = 6;
/** Gateways that were started together are not to beat together for ever. */
const spread = 0.1;

export interface GatewaysOptions {
  readonly store: Pick<PresenceStore, 'beat' | 'beatsAfter'>;
  /** After so long without a sign of life a gateway is gone, and whoever was connected to it alone. */
  readonly life_ms: number;
  /** Their lives ended, or began anew. */
  readonly onChanged: (gateways: readonly string[]) => void;
  /**
   * This one was silent for so long that others took it for gone. Told again after a life: by then all have read that it lives, and
   * none writes any more that it does not.
   */
  readonly onSilent: () => void;
  readonly onFailure: (error: unknown) => void;
}

/**
 * This gateway among the others: it beats, and looks at the beats of all. One message for each gateway and beat says that all of
 * its users are still there, and the lack of it that they are gone.
 */
export class Gateways {
  /** New with every start: what a dead one had is nobody's. */
  readonly id = uuidV7();
  private readonly lives: GatewayLives;
  private readTo = 0;
  private timer: NodeJS.Timeout | undefined;
  private silentTimer: NodeJS.Timeout | undefined;
  private hasBeaten = false;
  private isClosed = false;

  private constructor(private readonly options: GatewaysOptions) {
    this.lives = new GatewayLives(this.id, options.life_ms);
  }

  /** Resolves once it is known who lives. Throws StoreUnavailable. */
  static async open(options: GatewaysOptions): Promise<Gateways> {
    const gateways = new Gateways(options);
    await gateways.turn();
    gateways.turnSoon();
    return gateways;
  }

  /** Others can see that it lives: before that nothing that names it may be written, or they would take it for long gone. */
  get isKnown(): boolean {
    return this.hasBeaten;
  }

  get endOf(): GatewayLives['endOf'] {
    return this.lives.endOf;
  }

  /** With a last sign of life: its users have as long to come back elsewhere as if it had just been killed. */
  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    clearTimeout(this.silentTimer);
    await this.options.store.beat(this.id).catch(() => false);
  }

  private turnSoon(): void {
    if (this.isClosed) return;
    const waitMs = this.options.life_ms / beats_per_life;
    this.timer = setTimeout(
      () =>
        void this.turn()
          .catch(this.options.onFailure)
          .finally(() => this.turnSoon()),
      waitMs * (1 - spread * Math.random()),
    );
  }

  /** Without an own beat nothing is known of the present. */
  private async turn(): Promise<void> {
    const { store, onChanged, onSilent } = this.options;
    if (!(await store.beat(this.id))) return;
    this.hasBeaten = true;
    beats.add();
    const { asked } = this.lives;
    const news = await store.beatsAfter(this.readTo);
    this.readTo = news.at(-1)?.sequence ?? this.readTo;
    const { changed, wasSilent } = this.lives.read(news, asked);
    alive.set(this.lives.aliveCount);
    expired.add(changed.filter((gateway) => this.lives.endOf(gateway) !== null).length);
    if (changed.length > 0) onChanged(changed);
    if (!wasSilent) return;
    onSilent();
    clearTimeout(this.silentTimer);
    this.silentTimer = setTimeout(onSilent, this.options.life_ms);
  }
}
