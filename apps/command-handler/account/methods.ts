/** The account methods, which only the edge can call: what each takes, does and answers. */
import {
  buildPhoneDecision,
  phoneDecider,
  restoreAccount,
  restorePhone,
  type AccountDecision,
  type PhoneDecision,
  type SetChatSettings,
} from '#domain/account/index.js';
import type { NewEvent } from '#domain/kernel/new-event.js';
import type { ReceiptEvent } from '#domain/receipt/index.js';
import {
  AccountAddDeviceParams,
  AccountRegisterParams,
  AccountRevokeDeviceParams,
  PhoneClaimParams,
  PhoneSignInFailedParams,
  QrAcceptParams,
  ReceiptsDeliverParams,
} from '#protocol/internal-requests.js';
import { MessagesDeleteParams } from '#protocol/methods/messages.js';
import { DevicesRevokeParams } from '#protocol/methods/devices.js';
import {
  ChatsSetArchivedParams,
  ChatsSetMutedParams,
  ChatsSetPinnedParams,
} from '#protocol/methods/chats.js';
import {
  UsersBlockParams,
  UsersSetPrivacyParams,
  UsersUnblockParams,
  UsersUpdateParams,
} from '#protocol/methods/users.js';
import { ContactsSetParams } from '#protocol/methods/contacts.js';
import type { LoadedAggregate } from '#streams/event-store.js';
import { nothingSeen, type Answered } from '#streams/requests.js';
import { accountSubject, phoneSubject } from '#streams/subjects.js';
import { Refusal } from '#protocol/refusal.js';
import { decideAccount, messageIdIn, partsOf, placeOf, type AccountContext } from './account-context.js';
import { decideAndAppend } from './decide-and-append.js';
import { hideMessages } from './hide-messages.js';
import { changePrivacy, changeProfile } from './own-profile.js';
import { setContact } from './set-contact.js';

interface AccountMethod<P extends object = object> {
  readonly params: new () => P;
  readonly aggregate: 'user' | 'phone';
  /** Vouches for what stands before it in the request: not carried out when that was refused. */
  readonly goesOn?: true;
  readonly run: (params: P, context: AccountContext) => Promise<Answered>;
}

const method = <P extends object>(
  aggregate: AccountMethod['aggregate'],
  params: new () => P,
  run: AccountMethod<P>['run'],
): AccountMethod => ({ aggregate, params, run }) as unknown as AccountMethod;

export const accountMethods: Readonly<Record<string, AccountMethod>> = {
  'phone.claim': method('phone', PhoneClaimParams, claimPhone),
  'phone.signInFailed': method('phone', PhoneSignInFailedParams, tellSignInFailed),
  'account.register': method('user', AccountRegisterParams, async (params, context) => {
    const command = { type: 'Register' as const, user_id: context.aggregateId, ...params };
    const { answered, accepted } = await decideAccount(context, command, { isLogged: false });
    return { ...answered, result: { user_id: context.aggregateId, registered: accepted } };
  }),
  'account.addDevice': method('user', AccountAddDeviceParams, async (device, context) => {
    const { answered, account } = await decideAccount(context, { type: 'AddDevice', device: { ...device } });
    const added = account.devices.find(({ device_id }) => device_id === device.device_id);
    return { ...answered, result: { device: added } };
  }),
  'account.revokeDevice': method('user', AccountRevokeDeviceParams, (params, context) =>
    revokeDevice(params, context),
  ),
  'devices.revoke': method('user', DevicesRevokeParams, async (params, context) => {
    const { device_id, client_request_id: key } = params;
    if (device_id === undefined) return revokeOthers(context, key);
    const isOwn = device_id === context.origin.identity.device_id;
    return revokeDevice({ device_id, reason: isOwn ? 'signed_out' : 'revoked' }, context, key);
  }),
  'qr.accept': method('user', QrAcceptParams, acceptQr),
  'users.block': method('user', UsersBlockParams, (params, context) => setBlocked(params, context, true)),
  'users.unblock': method('user', UsersUnblockParams, (params, context) =>
    setBlocked(params, context, false),
  ),
  'users.update': method('user', UsersUpdateParams, changeProfile),
  'users.setPrivacy': method('user', UsersSetPrivacyParams, changePrivacy),
  'contacts.set': method('user', ContactsSetParams, setContact),
  'chats.setMuted': method('user', ChatsSetMutedParams, ({ until_ms, ...params }, context) =>
    setChatSettings(params, context, { muted_until_ms: until_ms }),
  ),
  'chats.setArchived': method('user', ChatsSetArchivedParams, ({ archived, ...params }, context) =>
    setChatSettings(params, context, { archived }),
  ),
  'chats.setPinned': method('user', ChatsSetPinnedParams, ({ pinned, ...params }, context) =>
    setChatSettings(params, context, { pinned }),
  ),
  'messages.delete': method('user', MessagesDeleteParams, hideMessages),
  'receipts.deliver': { ...method('user', ReceiptsDeliverParams, deliver), goesOn: true },
};

/** Accepted, repeated and taken by another alike answer who has the phone. */
async function claimPhone(
  { phone_hash, user_id }: PhoneClaimParams,
  context: AccountContext,
): Promise<Answered> {
  if (phone_hash !== context.aggregateId) {
    throw new Refusal('INVALID_PARAMS', { details: { phone_hash: 'the id of the aggregate' } });
  }
  const decision_id = context.clock.nextId();
  const { head } = await decideAndAppend(context.store, {
    subject: phoneSubject(phone_hash),
    messageId: messageIdIn(context),
    restore: (loaded: LoadedAggregate<PhoneDecision> | null) => restorePhone(loaded?.head.decision ?? null),
    decide: (state) => phoneDecider.decide(state, { phone_hash, user_id }),
    build: (state, events) =>
      buildPhoneDecision({ ...partsOf(context, decision_id), state, events }).decision,
  });
  const phone = restorePhone(head?.decision ?? null);
  const owner = phone.status === 'claimed' ? phone.user_id : user_id;
  return { result: { user_id: owner }, seen: { projected: placeOf(context, head), logged: {} } };
}

/** The same answer whether anybody has the phone or not. */
async function tellSignInFailed(params: PhoneSignInFailedParams, context: AccountContext): Promise<Answered> {
  const loaded = await context.store.load(phoneSubject(context.aggregateId), { fresh: true });
  const phone = restorePhone((loaded?.head.decision ?? null) as PhoneDecision | null);
  const answered: Answered = { result: {}, seen: nothingSeen };
  if (phone.status === 'free') return answered;
  const ofOwner = {
    ...context,
    aggregateId: phone.user_id,
    origin: { ...context.origin, isSystem: true as const },
  };
  await decideAccount(ofOwner, { type: 'TellSignInFailed', ...params }, { isLogged: false }).catch(
    (error: unknown) => {
      // The phone was claimed, and its account is not registered yet.
      if (!(error instanceof Refusal && error.error.code === 'NOT_FOUND')) throw error;
    },
  );
  return answered;
}

/** Told again when it was done before: its first word may have been lost with whoever stored it. */
async function revokeDevice(
  params: AccountRevokeDeviceParams,
  context: AccountContext,
  key?: string,
): Promise<Answered> {
  const { answered } = await decideAccount(context, { type: 'RevokeDevice', ...params }, { key });
  const { device_id, reason } = params;
  context.tellRevoked({ user_id: context.aggregateId, device_ids: [device_id], reason });
  return answered;
}

/** The key keeps a late repeat from signing out who came in between. */
async function revokeOthers(context: AccountContext, key?: string): Promise<Answered> {
  const { answered, events } = await decideAccount(context, { type: 'RevokeOthers' }, { key });
  const device_ids = events.flatMap(({ type, data }) => (type === 'DeviceRevoked' ? [data.device_id] : []));
  if (device_ids.length > 0)
    context.tellRevoked({ user_id: context.aggregateId, device_ids, reason: 'revoked' });
  return answered;
}

/**
 * Answered once it stands in the account and in the direct chat, where the store refuses from then on. Killed in between, it is
 * brought there by whoever serves the chat next (chat/direct-blocks.ts). Who watches is told also of what was done already: the first
 * word may have been lost with whoever stored it.
 */
async function setBlocked(
  { user_id: other_id, client_request_id }: UsersBlockParams | UsersUnblockParams,
  context: AccountContext,
  blocked: boolean,
): Promise<Answered> {
  if (blocked) await context.membersExist.check([other_id]);
  const asked = { type: 'SetBlocked' as const, other_id, blocked };
  const { answered, account, isRepeat } = await decideAccount(context, asked, { key: client_request_id });
  const holds = account.blocks.user_ids.includes(other_id);
  const told = { blocked: holds, change: account.blocks.changes, is_told_again: isRepeat };
  context.tellSight(context.aggregateId, { viewer_id: other_id, projected: answered.seen.projected });
  await context.chats.bringBlock(context.origin, other_id, told);
  return answered;
}

/** Nothing is appended: the device is added when it comes for its tokens. */
async function acceptQr(
  { token_hash }: QrAcceptParams,
  { origin, aggregateId, store, qr }: AccountContext,
): Promise<Answered> {
  const loaded = await store.load(accountSubject(aggregateId), { fresh: true });
  const account = restoreAccount((loaded?.head.decision ?? null) as AccountDecision | null);
  const { device_id } = origin.identity;
  const isIn =
    account.status === 'active' && account.devices.some((device) => device.device_id === device_id);
  if (!isIn) throw new Refusal('DEVICE_REVOKED');
  const { name, type } = await qr.accept(token_hash, account, device_id);
  return { result: { device: { name, type } }, seen: nothingSeen };
}

/** Where there is no room, chats that were left since make some: leaving tells the account nothing. */
async function setChatSettings(
  { chat_id, client_request_id: key }: { readonly chat_id: string; readonly client_request_id?: string },
  context: AccountContext,
  change: SetChatSettings['change'],
): Promise<Answered> {
  const membership = await context.chats.membership(chat_id, context.aggregateId);
  if (membership === null) throw new Refusal('NOT_A_MEMBER');
  const { stay: visible_from_seq, after } = membership;
  const asked = { type: 'SetChatSettings' as const, chat_id, visible_from_seq, after, change, left: [] };
  try {
    return (await decideAccount(context, asked, { key })).answered;
  } catch (error) {
    if (!(error instanceof Refusal) || !limits.has(error.error.code)) throw error;
    const left = await chatsLeft(context);
    if (left.length === 0) throw error;
    return (await decideAccount(context, { ...asked, left }, { key })).answered;
  }
}

const limits: ReadonlySet<string> = new Set(['PINNED_LIMIT', 'CHAT_SETTINGS_LIMIT']);
/** The pinned ones, and of the others those whose settings are oldest. */
const looked_through_chats_max = 50;

async function chatsLeft({ store, chats, aggregateId }: AccountContext): Promise<string[]> {
  const head = (await store.load(accountSubject(aggregateId), { fresh: true }))?.head.decision ?? null;
  const account = restoreAccount(head as AccountDecision | null);
  const set = account.status === 'none' ? [] : account.chats;
  const some = set.toSorted((one, other) => Number(other.pinned) - Number(one.pinned));
  const looked = await Promise.all(
    some.slice(0, looked_through_chats_max).map(async ({ chat_id, visible_from_seq }) => {
      const membership = await chats.membership(chat_id, aggregateId);
      return membership?.stay === visible_from_seq ? [] : [chat_id];
    }),
  );
  return looked.flat();
}

/** The device's own cursor comes last: whoever sees it may take it that the others stand. */
async function deliver(
  { cursors, device_id, pts }: ReceiptsDeliverParams,
  { origin, receipts }: AccountContext,
): Promise<Answered> {
  const { user_id } = origin.identity;
  const events: NewEvent<ReceiptEvent>[] = [];
  if (cursors.length > 0) events.push({ type: 'DeliveredCursorMoved', data: { user_id, cursors } });
  if (pts !== undefined) events.push({ type: 'DeviceCursorMoved', data: { user_id, device_id, pts } });
  if (events.length > 0) await receipts.append(origin, events);
  return { result: {}, seen: nothingSeen };
}
