import type { SessionOpenResult } from '#protocol/methods/session.js';
import type { Notifications } from '#protocol/notifications.js';
import { EventHub } from './client-events.js';
import type { Auth } from './auth.js';
import { Calls } from './calls.js';
import type { Environment } from './environment.js';
import { Expiry } from './expiry.js';
import type { ConnectionState } from './connection.js';
import { keysUnder, type LocalStore } from './local-store.js';
import { OdnixError } from './odnix-error.js';
import { Outbox } from './outbox.js';
import { People } from './people.js';
import { Presence } from './presence.js';
import { Receipts } from './receipts.js';
import { Replica } from './replica.js';
import { ServerClock } from './server-clock.js';
import { Session } from './session.js';
import { forgetEverything, isSignedOut } from './signed-out.js';
import { upgradeStore } from './stored-format.js';
import { Synchronizer } from './synchronizer.js';
import { Typing } from './typing.js';

export interface ClientOptions {
  /** As `http://127.0.0.1:3000`. */
  readonly url: string;
  readonly environment: Environment;
  /** Signed in: `auth.credentials` is there. */
  readonly auth: Auth;
  readonly store: LocalStore;
  readonly client: { readonly name: string; readonly version: string };
}

/** The parts of one signed-in device, tied together. */
export interface Device {
  readonly userId: string;
  readonly deviceId: string;
  readonly clock: ServerClock;
  readonly events: EventHub;
  readonly store: LocalStore;
  readonly session: Session;
  readonly replica: Replica;
  readonly outbox: Outbox;
  readonly receipts: Receipts;
  readonly typing: Typing;
  readonly calls: Calls;
  readonly people: People;
  readonly presence: Presence;
  readonly synchronizer: Synchronizer;
  readonly expiry: Expiry;
  /** Resolves when nothing that the server has signed out is being forgotten any more: the store is needed until then. */
  forgotten: Promise<void>;
}

/** With what the store holds taken over, and not connected yet. */
export async function createDevice(options: ClientOptions): Promise<Device> {
  const { environment, auth, store } = options;
  const identity = auth.credentials;
  if (!identity) throw new OdnixError('SIGNED_OUT', 'Sign in first.', { retryable: false });
  const { user_id: userId, device_id: deviceId } = identity;
  const events = new EventHub();
  const clock = new ServerClock(environment);
  const onError = (error: unknown): void => events.emit('problem', { error });
  const session: Session = new Session({
    ...options,
    clock,
    onOpening: () => opening(device),
    onOpened: (opened, isContinued) => openedSession(device, opened, isContinued),
    onNotification: (method, params) => notified(device, method, params),
    onState: (state) => stateChanged(device, auth, state),
  });
  const replica = new Replica(userId, store, () => clock.nowMs());
  const outbox = new Outbox({
    environment,
    clock,
    store,
    userId,
    log: replica,
    request: ({ method, params }) => {
      if (method === 'messages.send') receipts.tellFirst(params.chat_id);
      return session.request(method, params);
    },
    removeWithLog: (key) => synchronizer.removeRecord(key),
    onChanged: (chat_id) => events.emit('chat', { chat_id }),
    onRefused: (item, error) => events.emit('refused', { item, error }),
    onError,
  });
  const receipts = new Receipts({
    environment,
    store,
    ack: (pts) => session.request('updates.ack', { pts }),
    read: (chat_id, seq) => session.request('messages.read', { chat_id, seq }),
    onError,
  });
  const typing = new Typing({
    environment,
    receipts,
    request: (params) => session.requestUnlisted('typing.set', params),
  });
  const calls = new Calls({
    replica,
    clock,
    events,
    call: (method, params) => session.call(method, params),
  });
  const people = new People({
    store,
    nowMs: () => environment.nowMs(),
    fetch: async (user_id) => (await session.call('users.get', { user_id })).user,
    ask: async (user_id) => (await session.request('users.get', { user_id })).user,
    isOnline: () => session.state.status === 'open',
    onChanged: (user) => events.emit('user', { user }),
    onError,
  });
  const presence = new Presence({
    environment,
    watch: async (user_ids) =>
      (await session.request('presence.watch', { user_ids: [...user_ids] })).presence,
    set: (status) => session.request('presence.set', { status }),
    onChanged: (view) => events.emit('presence', view),
  });
  await upgradeStore(store);
  await replica.restore();
  for (const part of [outbox, receipts, people]) part.restore(await store.load(keysUnder(part.prefix)));
  // What was stored before may not have been acknowledged before.
  receipts.stored(replica.position?.pts ?? 0);
  const request: Session['request'] = (method, params) => session.request(method, params);
  const onForgotten = (chatIds: ReadonlySet<string>): void => synchronizer.forgotten(chatIds);
  const expiry = new Expiry({ environment, clock, replica, onForgotten, onError });
  const synchronizer: Synchronizer = new Synchronizer({
    environment,
    userId,
    replica,
    outbox,
    receipts,
    people,
    calls,
    events,
    request,
    expiry,
  });
  expiry.look();
  const about = { typing, calls, people, presence, expiry };
  const parts = { clock, events, store, session, replica, outbox, receipts, ...about, synchronizer };
  const device: Device = { userId, deviceId, ...parts, forgotten: Promise.resolve() };
  return device;
}

function opening({ synchronizer, outbox, typing }: Device): Synchronizer['updates']['position'] {
  const { updates, channels } = synchronizer;
  outbox.opening();
  typing.opening();
  updates.online();
  channels.online();
  return updates.position;
}

/** Continued: the server replays and then tells how far. Otherwise its position at the opening is what to reach. */
function openedSession(
  { synchronizer: { updates }, presence }: Device,
  { pts, hash, limits }: SessionOpenResult,
  isContinued: boolean,
): void {
  presence.opened(limits.presence_watch_max);
  if (isContinued) return;
  updates.losePosition();
  updates.caughtUp(pts, hash);
}

type Heard = { readonly [M in keyof Notifications]: (device: Device, params: Notifications[M]) => void };

const heard: Heard = {
  update: ({ synchronizer }, notification) => synchronizer.updates.receive(notification),
  'channel.update': ({ synchronizer }, notification) => synchronizer.channels.receive(notification),
  'channel.behind': ({ synchronizer }, { chat_id, chat_pts }) =>
    synchronizer.channels.reaches(chat_id, chat_pts),
  'updates.caughtUp': ({ synchronizer }, { pts, hash }) => synchronizer.updates.caughtUp(pts, hash),
  // The connection's own affair.
  'session.draining': () => undefined,
  typing: ({ events }, params) => events.emit('typing', params),
  'call.signal': ({ calls }, params) => calls.heard(params),
  presence: ({ presence }, params) => presence.heard(params),
};

/** What a newer server notifies of and this version does not know is nothing to it. */
function notified<M extends keyof Notifications>(device: Device, method: M, params: Notifications[M]): void {
  if (Object.hasOwn(heard, method)) heard[method](device, params);
}

function stateChanged(device: Device, auth: Auth, state: ConnectionState): void {
  const { synchronizer, outbox, receipts, presence, calls, events, expiry } = device;
  if (state.status === 'open') {
    // It tells the time.
    expiry.look();
    outbox.online();
    receipts.online();
  } else {
    outbox.offline();
    receipts.offline();
    presence.offline();
    calls.offline();
    if (state.status !== 'connecting') {
      synchronizer.updates.offline();
      synchronizer.channels.offline();
    }
  }
  events.emit('connection', state);
  if (state.status === 'stopped' && isSignedOut(state.error))
    device.forgotten = signedOut(device, auth, state.error);
}

function signedOut({ store, events }: Device, auth: Auth, { details }: OdnixError): Promise<void> {
  const reason = typeof details['reason'] === 'string' ? details['reason'] : undefined;
  return forgetEverything(auth, store).then(
    () => events.emit('signed_out', { reason }),
    (error: unknown) => events.emit('problem', { error }),
  );
}
