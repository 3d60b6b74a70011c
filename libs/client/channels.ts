import type { ChannelNotification, ChannelUpdate } from '#domain/user-log/update.js';
import type { Environment } from './environment.js';
import { OdnixError } from './odnix-error.js';
import type { Replica } from './replica.js';
import type { Session } from './session.js';
import { UpdateManager, type Difference, type LogPosition, type Placed } from './update-manager.js';

const difference_updates_max = 500;
/** Of a channel whose own log cannot be continued. */
const reloaded_messages_max = 100;
/** Chats of which a session was told how far they have come. */
const heard_chats_max = 2_000;

export interface ChannelsOptions {
  readonly environment: Environment;
  readonly replica: Replica;
  readonly request: Session['request'];
  /** After the replica has it. */
  readonly onApplied: (update: ChannelUpdate) => void;
  readonly onError: (error: unknown) => void;
}

interface PlacedUpdate extends Placed {
  readonly notification: ChannelNotification;
}

/**
 * Follows each of the user's channels by the rule of the user's own log (UpdateManager), numbered by `chat_pts`. Which chats
 * are channels, and from where each is to be followed, the replica says: so a group that becomes one goes on without a hole.
 */
export class Channels {
  readonly #managers = new Map<string, UpdateManager<PlacedUpdate>>();
  /** How far chats have come as far as this session was told; also such as are no channels here yet. */
  readonly #heard = new Map<string, number>();
  #isOnline = false;

  constructor(private readonly options: ChannelsOptions) {
    this.restart();
  }

  online(): void {
    this.#isOnline = true;
    this.#heard.clear();
    for (const manager of this.#managers.values()) manager.online();
  }

  offline(): void {
    this.#isOnline = false;
    for (const manager of this.#managers.values()) manager.offline();
  }

  receive(notification: ChannelNotification): void {
    const { chat_id, chat_pts } = notification;
    this.#remember(chat_id, chat_pts);
    this.#managers.get(chat_id)?.receive(placed(notification));
  }

  /** The channel has come to there. */
  reaches(chatId: string, chatPts: number): void {
    this.#remember(chatId, chatPts);
    this.#managers.get(chatId)?.reaches(chatPts);
  }

  /** The chat came, went, or changed its kind. */
  look(chatId: string): void {
    const chat = this.options.replica.chat(chatId);
    const manager = this.#managers.get(chatId);
    if (chat?.kind !== 'channel') {
      manager?.offline();
      this.#managers.delete(chatId);
    } else if (!manager) {
      this.#begin(chatId, chat.chat_pts);
    }
  }

  /** The replica was taken from elsewhere: every channel is followed from where it stands there. */
  restart(): void {
    for (const manager of this.#managers.values()) manager.offline();
    this.#managers.clear();
    for (const { chat_id } of this.options.replica.chats()) this.look(chat_id);
  }

  #begin(chatId: string, chatPts: number): void {
    const { environment, replica, onApplied, onError } = this.options;
    const manager = new UpdateManager<PlacedUpdate>(positionAt(chatPts), {
      environment,
      apply: ({ notification }) => {
        replica.applyChannel(notification);
        onApplied(notification.update);
      },
      getDifference: ({ pts }) => this.#difference(chatId, pts),
      takeSnapshot: () => this.#reload(chatId),
      onDiverged: () => undefined,
      onCaughtUp: () => undefined,
      onError,
    });
    this.#managers.set(chatId, manager);
    if (this.#isOnline) manager.online();
    manager.reaches(this.#heard.get(chatId) ?? 0);
  }

  /** Who is no member any more has nothing to fetch: their own log tells of it. */
  async #difference(chat_id: string, chat_pts: number): Promise<Difference<PlacedUpdate>> {
    try {
      const params = { chat_id, chat_pts, limit: difference_updates_max };
      const { type, updates } = await this.options.request('channels.getDifference', params);
      return { type, updates: updates.map(placed) };
    } catch (error) {
      if (error instanceof OdnixError && error.code === 'NOT_A_MEMBER') return { type: 'empty', updates: [] };
      throw error;
    }
  }

  /** The chat first: messages may only be newer than it, which is harmless. */
  async #reload(chat_id: string): Promise<{ position: LogPosition; install: () => void }> {
    const { replica, request } = this.options;
    const { chat } = await request('chats.get', { chat_id });
    const { messages } = await request('messages.history', { chat_id, limit: reloaded_messages_max });
    return { position: positionAt(chat.chat_pts), install: () => replica.replaceChat(chat, messages) };
  }

  #remember(chatId: string, chatPts: number): void {
    if (this.#heard.size >= heard_chats_max && !this.#heard.has(chatId)) return;
    this.#heard.set(chatId, Math.max(chatPts, this.#heard.get(chatId) ?? 0));
  }
}

const positionAt = (chatPts: number): LogPosition => ({ pts: chatPts, sync_token: '', hash: null });

const placed = (notification: ChannelNotification): PlacedUpdate => ({
  pts: notification.chat_pts,
  pts_count: notification.chat_pts_count,
  sync_token: '',
  notification,
});
