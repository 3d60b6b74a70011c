import type { MessageView, Update, UpdateNotification } from '#domain/user-log/update.js';
import { emptyLogHash, entryHash } from '#domain/user-log/entry.js';
import { hashedEntryOf } from '#domain/user-log/hashed-update.js';
import type { SnapshotChat } from '#protocol/methods/updates.js';
import type { ClientSocket } from '../environment.js';
import type { VirtualEnvironment } from './virtual-environment.js';

export const chat_id = '0198c5a0-0000-7000-8000-000000000001';
export const user_id = '0198c5a0-0000-7000-8000-000000000002';

export interface Faults {
  /** The chance that a frame, of either direction, is lost with its connection. */
  lost: number;
  /** The chance that a request is answered by a retryable error. */
  busy: number;
  /** The chance that a live update is not pushed. */
  unpushed: number;
}

type Params = Record<string, unknown>;

/** A server of one user with one chat, as the protocol has it, over a network as bad as it is told to be. */
export class TinyServer {
  readonly log: UpdateNotification[] = [];
  readonly messages: MessageView[] = [];
  readonly acked: number[] = [];
  readonly #hashes = [emptyLogHash];
  readonly #sockets = new Set<TinySocket>();
  readSeq = 0;

  constructor(
    private readonly environment: VirtualEnvironment,
    readonly faults: Faults,
  ) {
    const chat = { chat_id, kind: 'group', title: 'ours', photo_media_id: null } as const;
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
        return this.#send(params);
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
    const times = { server_time_ms: this.environment.nowMs(), heartbeat_ms: 20_000 };
    return { session_id: 's', user_id, device_id: 'd', limits: {}, ...this.#position(), ...times };
  }

  #send({ client_msg_id, content }: Params): object {
    const known = this.messages.find((message) => message.client_msg_id === client_msg_id);
    if (known) return { chat_id, seq: known.seq, date_ms: known.date_ms, duplicate: true };
    const seq = this.messages.length + 1;
    const identity = { chat_id, seq, chat_pts: seq + 1, client_msg_id: String(client_msg_id) };
    const from = { sender_id: user_id, sender_device_id: 'd', date_ms: this.environment.nowMs() };
    const message: MessageView = { ...identity, ...from, content: content as never, reactions: [] };
    this.messages.push(message);
    this.#append({ type: 'message.new', chat_id, chat_pts: seq + 1, seq, message, read_seq: seq });
    return { chat_id, seq, date_ms: message.date_ms, duplicate: false };
  }

  #read(seq: number): object {
    this.readSeq = Math.max(this.readSeq, seq);
    return { read_seq: this.readSeq, unread_count: 0 };
  }

  #append(update: Update): void {
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
      photo_media_id: null,
      created_at_ms: 1,
      role: 'owner',
      member_count: 1,
      last_seq,
      ...(last ? { last_message: last } : {}),
      read_seq: last_seq,
      unread_count: 0,
      delivered_outbox_seq: 0,
      read_outbox_seq: 0,
      muted_until_ms: null,
      archived: false,
      pinned: false,
      chat_pts: last_seq + 1,
      visible_from_seq: 1,
      messages: [...this.messages],
    };
    return { ...this.#position(), chats: [chat], users: [{ user_id, display_name: 'Ann' }] };
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

const refusal = (code: string, retryable: boolean): object => ({
  code: -32_000,
  message: code,
  data: { code, retryable },
});

/** Frames take their time, stay in order, and may be lost, but only together with the connection, as TCP has it. */
class TinySocket implements ClientSocket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  onerror: (() => void) | null = null;
  isOpen = false;
  #isGone = false;
  #lastArrivalMs = 0;

  constructor(
    private readonly environment: VirtualEnvironment,
    private readonly faults: Faults,
    private readonly answer: (method: string, params: Params) => object,
  ) {
    this.#travel(() => this.onopen?.());
  }

  send(text: string): void {
    const { id, method, params } = JSON.parse(text) as { id: number; method: string; params: Params };
    this.#travel(() => {
      try {
        this.#deliver({ id, result: this.answer(method, params) });
      } catch (error) {
        this.#deliver({ id, error });
      }
    });
  }

  notify(method: string, params: unknown): void {
    this.#deliver({ method, params });
  }

  close(): void {
    this.#isGone = true;
    this.isOpen = false;
  }

  #deliver(message: object): void {
    const data = JSON.stringify({ jsonrpc: '2.0', ...message });
    this.#travel(() => this.onmessage?.({ data }));
  }

  #travel(arrive: () => void): void {
    const { environment } = this;
    const atMs = Math.max(this.#lastArrivalMs, environment.nowMs() + environment.random() * 100);
    this.#lastArrivalMs = atMs;
    const isLost = environment.random() < this.faults.lost;
    environment.after(atMs - environment.nowMs(), () => {
      if (this.#isGone) return;
      if (!isLost) return arrive();
      this.close();
      this.onclose?.({ code: 1006, reason: '' });
    });
  }
}
