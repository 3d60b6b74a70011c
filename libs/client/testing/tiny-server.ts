import { openPrivacy } from '#domain/account/profile.js';
import { untold } from '#domain/user-log/fold.js';
import type { MessageView, Update, UpdateNotification } from '#domain/user-log/update.js';
import { emptyLogHash, entryHash } from '#domain/user-log/entry.js';
import { deletedView } from '#domain/user-log/message-view.js';
import { hashedEntryOf } from '#domain/user-log/hashed-update.js';
import type { ProtocolVersion } from '#protocol/version.js';
import type { SnapshotChat } from '#protocol/methods/updates.js';
import type { ClientSocket } from '../environment.js';
import { TinySocket, type Params } from './tiny-socket.js';
import type { VirtualEnvironment } from './virtual-environment.js';

export const chat_id = '0198c5a0-0000-7000-8000-000000000001';
export const user_id = '0198c5a0-0000-7000-8000-000000000002';

/** A text with this word in it is refused for good. */
export const refused_word = 'forbidden';

interface TextContent {
  readonly type: 'text';
  readonly text: string;
}

export interface Faults {
  /** The chance that a frame, of either direction, is lost with its connection. */
  lost: number;
  /** The chance that a request is answered by a retryable error. */
  busy: number;
  /** The chance that a live update is not pushed. */
  unpushed: number;
}

/** A server of one user with one chat, as the protocol has it, over a network as bad as it is told to be. */
export class TinyServer {
  readonly log: UpdateNotification[] = [];
  readonly messages: MessageView[] = [];
  readonly acked: number[] = [];
  readonly #answers = new Map<string, { readonly body: string; readonly answer: object }>();
  #chatPts = 0;
  readonly #hashes = [emptyLogHash];
  readonly #sockets = new Set<TinySocket>();
  readSeq = 0;
  /** Undefined: it does not tell. */
  protocol: ProtocolVersion | undefined = undefined;

  constructor(
    private readonly environment: VirtualEnvironment,
    readonly faults: Faults,
  ) {
    const chat = { chat_id, kind: 'group', title: 'ours', ...untold, photo_media_id: null } as const;
    const numbers = { created_at_ms: 1, last_seq: 0, member_count: 1 };
    const own = { visible_from_seq: 1, read_seq: 0, role: 'owner' } as const;
    this.#append({ type: 'chat.new', chat_id, chat_pts: 1, chat: { ...chat, ...numbers }, ...own });
  }

  connect(): ClientSocket {
    const socket: TinySocket = new TinySocket(this.environment, this.faults, (method, params) =>
      this.#answer(socket, method, params),
    );
    this.#sockets.add(socket);
    return socket;
  }

  endSessions(code: number, reason: string): void {
    for (const socket of this.#sockets) if (socket.isOpen) socket.end(code, reason);
  }

  get hash(): string {
    return this.#hashes.at(-1)!;
  }

  #answer(socket: TinySocket, method: string, params: Params): object {
    if (method !== 'session.open' && this.#happens(this.faults.busy)) throw refusal('BUSY', true);
    switch (method) {
      case 'session.open':
        return this.#open(socket, params);
      case 'updates.getDifference':
        return this.#difference(this.#ptsOf(params));
      case 'updates.ack':
        this.acked.push(Number(params['pts']));
        return {};
      case 'sync.snapshot':
        return this.#snapshot();
      case 'messages.send':
      case 'messages.edit':
      case 'messages.delete':
      case 'messages.react':
        return this.#once(params, () => this.#change(method, params));
      case 'messages.read':
        return this.#read(Number(params['seq']));
      default:
        return { server_time_ms: this.environment.nowMs() };
    }
  }

  #open(socket: TinySocket, params: Params): object {
    const continues = params['sync_token'] !== undefined;
    socket.isOpen = true;
    if (continues) {
      const from = this.#ptsOf(params);
      queueMicrotask(() => {
        for (const notification of this.log.slice(from)) socket.notify('update', notification);
        socket.notify('updates.caughtUp', this.#position());
      });
    }
    const { protocol } = this;
    const times = { server_time_ms: this.environment.nowMs(), heartbeat_ms: 20_000, protocol };
    return { session_id: 's', user_id, device_id: 'd', limits: {}, ...this.#position(), ...times };
  }

  /** One effect a key; what is refused has none, and may be tried again. */
  #once(params: Params, effect: () => object): object {
    const key = String(params['client_msg_id'] ?? params['client_request_id']);
    const before = this.#answers.get(key);
    const body = JSON.stringify(params);
    if (before && before.body !== body) throw refusal('IDEMPOTENCY_MISMATCH', false);
    const answer = before?.answer ?? effect();
    this.#answers.set(key, { body, answer });
    return answer;
  }

  #change(method: string, params: Params): object {
    const chat_pts = this.#chatPts + 1;
    const { seq, content, emoji } = params as { seq: number; content: TextContent; emoji: string | null };
    if (content?.text.includes(refused_word)) throw refusal('FORBIDDEN', false);
    const date_ms = this.environment.nowMs();
    if (method === 'messages.send') return this.#send(params, chat_pts, date_ms);
    const about = { chat_id, chat_pts } as const;
    for (const target of (params['seqs'] as number[] | undefined) ?? [seq]) {
      const before = this.messages[target - 1];
      if (!before) throw refusal('NOT_FOUND', false);
      if (before.deleted && method === 'messages.delete') continue;
      if (before.deleted) throw refusal('MESSAGE_DELETED', false);
      const changed = { ...before, chat_pts };
      if (method === 'messages.edit') {
        const message = { ...changed, content, edited_at_ms: date_ms };
        this.#append({ type: 'message.edited', ...about, seq, message }, seq, message);
      } else if (method === 'messages.delete') {
        const by = { deleted_by: user_id, date_ms };
        const tombstone = deletedView(before, chat_pts);
        this.#append({ type: 'message.deleted', ...about, seq: target, ...by }, target, tombstone);
      } else if ((before.reactions[0]?.emoji ?? null) !== emoji) {
        const reactions = emoji === null ? [] : [{ emoji, count: 1 }];
        this.#append({ type: 'message.reaction', ...about, seq, user_id, emoji, reactions }, seq, {
          ...changed,
          reactions,
        });
      }
    }
    return method === 'messages.edit' ? { edited_at_ms: date_ms } : {};
  }

  #send({ client_msg_id, content }: Params, chat_pts: number, date_ms: number): object {
    const seq = this.messages.length + 1;
    const identity = { chat_id, seq, chat_pts, client_msg_id: String(client_msg_id) };
    const from = { sender_id: user_id, sender_device_id: 'd', date_ms };
    const message: MessageView = { ...identity, ...from, content: content as never, reactions: [] };
    this.#append({ type: 'message.new', chat_id, chat_pts, seq, message, read_seq: seq }, seq, message);
    return { chat_id, seq, date_ms, duplicate: false };
  }

  #read(seq: number): object {
    this.readSeq = Math.max(this.readSeq, seq);
    return { read_seq: this.readSeq, unread_count: 0 };
  }

  append(update: Update): void {
    this.#append(update);
  }

  #append(update: Update, seq?: number, message?: MessageView): void {
    if (message && seq !== undefined) this.messages[seq - 1] = message;
    if ('chat_pts' in update) this.#chatPts = update.chat_pts;
    const pts = this.log.length + 1;
    const notification = {
      pts,
      pts_count: 1,
      sync_token: `t${pts}`,
      date_ms: this.environment.nowMs(),
      update,
    } as const;
    this.log.push(notification);
    this.#hashes.push(entryHash(this.environment.sha256, this.hash, hashedEntryOf(notification)));
    for (const socket of this.#sockets) {
      if (socket.isOpen && !this.#happens(this.faults.unpushed)) socket.notify('update', notification);
    }
  }

  #difference(from: number): object {
    const updates = this.log.slice(from, from + 2);
    const type = updates.length === 0 ? 'empty' : from + 2 < this.log.length ? 'slice' : 'difference';
    return { type, updates, pts: from + updates.length, sync_token: `t${from + updates.length}` };
  }

  #snapshot(): object {
    const last_seq = this.messages.length;
    const last = this.messages.at(-1);
    const chat: SnapshotChat = {
      chat_id,
      kind: 'group',
      title: 'ours',
      ...untold,
      photo_media_id: null,
      created_at_ms: 1,
      role: 'owner',
      member_count: 1,
      last_seq,
      ...(last ? { last_message: withMine(last) } : {}),
      read_seq: last_seq,
      unread_count: 0,
      delivered_outbox_seq: 0,
      read_outbox_seq: 0,
      muted_until_ms: null,
      archived: false,
      pinned: false,
      chat_pts: this.#chatPts,
      visible_from_seq: 1,
      messages: this.messages.map(withMine),
    };
    return {
      ...this.#position(),
      chats: [chat],
      users: [{ user_id, display_name: 'Ann' }],
      contacts: [],
      privacy: openPrivacy,
    };
  }

  #position(): { pts: number; sync_token: string; hash: string } {
    return { pts: this.log.length, sync_token: `t${this.log.length}`, hash: this.hash };
  }

  #ptsOf(params: Params): number {
    const pts = Number(String(params['sync_token']).slice(1));
    if (!(pts <= this.log.length)) throw refusal('SYNC_TOKEN_INVALID', false);
    return pts;
  }

  #happens(chance: number): boolean {
    return this.environment.random() < chance;
  }
}

/** There is one user only. */
const withMine = (message: MessageView): MessageView => ({
  ...message,
  reactions: message.reactions.map((reaction) => ({ ...reaction, mine: true })),
});

const refusal = (code: string, retryable: boolean): object => ({
  code: -32_000,
  message: code,
  data: { code, retryable },
});
