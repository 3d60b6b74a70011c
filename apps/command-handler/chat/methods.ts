/** The chat methods: what each takes, which command it is, and what it needs to know of messages. */
import type { ChatCommand, MessageFacts, SaltedBody } from '#domain/chat/index.js';
import type { UserContent } from '#domain/chat/events.js';
import { storedContent } from '#protocol/entities.js';
import {
  CallsExpireParams,
  DirectSetBlockedParams,
  MessagesExpireParams,
} from '#protocol/internal-requests.js';
import {
  CallsAcceptParams,
  CallsDiscardParams,
  CallsRequestParams,
  CallsSignalParams,
} from '#protocol/methods/calls.js';
import {
  ChatsAddMembersParams,
  ChatsBanParams,
  ChatsCreateParams,
  ChatsLeaveParams,
  ChatsRemoveMemberParams,
  ChatsSetRoleParams,
  ChatsUnbanParams,
  ChatsUpdateParams,
} from '#protocol/methods/chats.js';
import {
  MessagesDeleteParams,
  MessagesEditParams,
  MessagesReactParams,
  MessagesReadParams,
  MessagesSendParams,
} from '#protocol/methods/messages.js';
import { Refusal } from '#protocol/refusal.js';

type KeyField = 'client_msg_id' | 'client_request_id';

/** What a command is made of beside its parameters. */
interface CommandContext {
  readonly chatId: string;
  readonly actor: { readonly user_id: string; readonly device_id: string };
  readonly at_ms: number;
  /** A new one; also that of a new call. */
  readonly service_msg_id: string;
  /** Of `contentOf`, salted and committed. */
  readonly body: SaltedBody | null;
  readonly factsOf: (seq: number) => MessageFacts | null;
}

export interface ChatMethod<P extends object = object> {
  readonly params: new () => P;
  /** Null: repeating it does nothing anyway. */
  readonly keyField: KeyField | null;
  /** In nobody's name, whoever asks. */
  readonly bySystem?: true;
  readonly command: (params: P, context: CommandContext) => ChatCommand;
  readonly contentOf?: (params: P) => UserContent;
  /** The messages whose facts the decision needs. */
  readonly seqsOf?: (params: P) => readonly number[];
  /** The people who must exist. */
  readonly usersOf?: (params: P) => readonly string[];
}

const method = <P extends object>(
  params: new () => P,
  more: Omit<ChatMethod<P>, 'params' | 'keyField'> & { keyField?: KeyField | null },
): ChatMethod => ({ keyField: 'client_request_id', params, ...more }) as unknown as ChatMethod;

export const chatMethods: Readonly<Record<string, ChatMethod>> = {
  'chats.create': method(ChatsCreateParams, {
    usersOf: ({ member_ids }) => member_ids,
    command: (
      { kind, member_ids, title, description, history },
      { chatId, actor, at_ms, service_msg_id },
    ) => ({
      type: 'CreateChat',
      kind,
      chat_id: chatId,
      member_ids,
      title: title ?? null,
      ...(description !== undefined && { description }),
      ...(history !== undefined && { history }),
      actor,
      at_ms,
      service_msg_id,
    }),
  }),
  'chats.update': method(ChatsUpdateParams, {
    command: (params, { actor, at_ms, service_msg_id }) => {
      const { chat_id: _chat, client_request_id: _key, ...change } = params;
      return { type: 'UpdateChat', change, actor, at_ms, service_msg_id };
    },
  }),
  'chats.addMembers': method(ChatsAddMembersParams, {
    usersOf: ({ user_ids }) => user_ids,
    command: ({ user_ids }, { actor, at_ms, service_msg_id }) => ({
      type: 'AddMembers',
      user_ids,
      actor,
      at_ms,
      service_msg_id,
    }),
  }),
  'chats.removeMember': method(ChatsRemoveMemberParams, {
    command: ({ user_id }, { actor, at_ms, service_msg_id }) => ({
      type: 'RemoveMember',
      user_id,
      actor,
      at_ms,
      service_msg_id,
    }),
  }),
  'chats.setRole': method(ChatsSetRoleParams, {
    command: ({ user_id, role }, { actor, at_ms, service_msg_id }) => ({
      type: 'SetRole',
      user_id,
      role,
      actor,
      at_ms,
      service_msg_id,
    }),
  }),
  'chats.ban': method(ChatsBanParams, {
    usersOf: ({ user_id }) => [user_id],
    command: ({ user_id }, { actor, at_ms, service_msg_id }) => ({
      type: 'BanMember',
      user_id,
      actor,
      at_ms,
      service_msg_id,
    }),
  }),
  'chats.unban': method(ChatsUnbanParams, {
    command: ({ user_id }, { actor, at_ms }) => ({ type: 'UnbanMember', user_id, actor, at_ms }),
  }),
  'chats.leave': method(ChatsLeaveParams, {
    command: (_params, { actor, at_ms, service_msg_id }) => ({ type: 'Leave', actor, at_ms, service_msg_id }),
  }),
  'messages.send': method(MessagesSendParams, {
    keyField: 'client_msg_id',
    contentOf: ({ content }) => storedContent(content),
    command: ({ client_msg_id, reply_to_seq, expires_in_s, silent }, { actor, at_ms, body }) => ({
      type: 'SendMessage',
      actor,
      at_ms,
      client_msg_id,
      body: body!,
      ...(reply_to_seq !== undefined && { reply_to_seq }),
      ...(expires_in_s !== undefined && { expires_in_s }),
      ...(silent !== undefined && { silent }),
    }),
  }),
  'messages.edit': method(MessagesEditParams, {
    contentOf: ({ content }) => storedContent(content),
    seqsOf: ({ seq }) => [seq],
    command: ({ seq }, { actor, at_ms, body, factsOf }) => ({
      type: 'EditMessage',
      actor,
      at_ms,
      seq,
      body: body!,
      target: factsOf(seq),
    }),
  }),
  'messages.delete': method(MessagesDeleteParams, {
    seqsOf: ({ seqs }) => seqs,
    command: ({ seqs, for: whom }, { actor, at_ms, factsOf }) => {
      // For oneself it is a command to one's account, which never comes here.
      if (whom !== 'everyone') throw new Refusal('INVALID_PARAMS', { details: { for: 'everyone' } });
      return { type: 'DeleteMessages', actor, at_ms, seqs, targets: seqs.map(factsOf) };
    },
  }),
  'messages.react': method(MessagesReactParams, {
    seqsOf: ({ seq }) => [seq],
    command: ({ seq, emoji }, { actor, at_ms, factsOf }) => ({
      type: 'ReactToMessage',
      actor,
      at_ms,
      seq,
      emoji,
      target: factsOf(seq),
    }),
  }),
  'messages.expire': method(MessagesExpireParams, {
    keyField: null,
    bySystem: true,
    seqsOf: ({ seqs }) => seqs,
    command: ({ seqs }, { at_ms, factsOf }) => ({
      type: 'ExpireMessages',
      at_ms,
      targets: seqs.map(factsOf),
    }),
  }),
  'direct.setBlocked': method(DirectSetBlockedParams, {
    keyField: null,
    command: ({ blocked, change, is_told_again }, { actor, at_ms }) => ({
      type: 'SetDirectBlocked',
      actor,
      at_ms,
      blocked,
      change,
      is_told_again,
    }),
  }),
  'calls.request': method(CallsRequestParams, {
    usersOf: ({ user_id }) => [user_id],
    command: ({ user_id, kind }, { chatId, actor, at_ms, service_msg_id }) => ({
      type: 'RequestCall',
      chat_id: chatId,
      call_id: service_msg_id,
      user_id,
      kind,
      actor,
      at_ms,
    }),
  }),
  'calls.accept': method(CallsAcceptParams, {
    command: ({ call_id }, { actor, at_ms }) => ({ type: 'AcceptCall', call_id, actor, at_ms }),
  }),
  'calls.signal': method(CallsSignalParams, {
    keyField: null,
    command: ({ call_id }, { actor, at_ms }) => ({ type: 'SignalCall', call_id, actor, at_ms }),
  }),
  'calls.discard': method(CallsDiscardParams, {
    command: ({ call_id, reason }, { actor, at_ms }) => ({
      type: 'DiscardCall',
      call_id,
      actor,
      at_ms,
      ...(reason !== undefined && { reason }),
    }),
  }),
  'calls.expire': method(CallsExpireParams, {
    keyField: null,
    bySystem: true,
    command: ({ call_id }, { at_ms }) => ({ type: 'ExpireCall', call_id, at_ms }),
  }),
  'messages.read': method(MessagesReadParams, {
    keyField: null,
    command: ({ seq }, { actor, at_ms }) => ({ type: 'ReadChat', actor, at_ms, seq }),
  }),
};
