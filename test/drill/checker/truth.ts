/** What was asked for and answered, by what it was about: the only opinion on what may stand in a chat. */
import type { ChatRecord, OperationRecord } from '../records.js';
import { ReadMarks } from './read-marks.js';

/** All operations with one key: the first, and repeats of it. */
export interface Send {
  readonly text: string;
  readonly operations: OperationRecord[];
}

export const sendKey = (chatId: unknown, userId: unknown, key: unknown): string =>
  `${String(chatId)} ${String(userId)} ${String(key)}`;
export const messageKey = (chatId: unknown, seq: unknown): string => `${String(chatId)} ${String(seq)}`;

export class Truth {
  readonly chats = new Map<string, ChatRecord>();
  readonly sends = new Map<string, Send>();
  /** By message: the texts that somebody wanted it to have. */
  readonly edits = new Map<string, OperationRecord[]>();
  /** Edits asked for again under the key of one that was answered, each with that one. */
  readonly repeatedEdits: { readonly first: OperationRecord; readonly again: OperationRecord }[] = [];
  readonly deletions = new Map<string, OperationRecord[]>();
  /** By message and user. */
  readonly reactions = new Map<string, OperationRecord[]>();
  /** By chat: the reads. */
  readonly reads = new Map<string, OperationRecord[]>();
  /** By chat and the user concerned. */
  readonly removals = new Map<string, OperationRecord[]>();
  readonly additions = new Map<string, OperationRecord[]>();
  /** By chat and acting user: what leaves a trace in the chat. */
  readonly changes = new Map<string, OperationRecord[]>();

  private readonly marks = new Map<string, ReadMarks>();

  addChat(chat: ChatRecord): void {
    this.chats.set(chat.chat_id, chat);
  }

  add(operation: OperationRecord): void {
    const { method, params, user } = operation;
    const { chat_id, seq } = params;
    const byUser = `${String(chat_id)} ${user}`;
    if (changing.has(method)) push(this.changes, byUser, operation);
    if (method === 'messages.send') this.addSend(operation);
    else if (method === 'messages.edit') this.addEdit(operation);
    else if (method === 'messages.react')
      push(this.reactions, `${messageKey(chat_id, seq)} ${user}`, operation);
    else if (method === 'messages.read') push(this.reads, String(chat_id), operation);
    else if (method === 'messages.delete') {
      for (const one of params['seqs'] as number[]) push(this.deletions, messageKey(chat_id, one), operation);
    } else if (method === 'chats.leave') push(this.removals, byUser, operation);
    else if (method === 'chats.removeMember') {
      push(this.removals, `${String(chat_id)} ${String(params['user_id'])}`, operation);
    } else if (method === 'chats.addMembers') {
      for (const id of params['user_ids'] as string[])
        push(this.additions, `${String(chat_id)} ${id}`, operation);
    }
  }

  /** Whether a message of the chat may say this: as sent, or as edited by its sender. */
  mayShow(
    message: { chat_id: unknown; seq: unknown; sender_id: unknown; client_msg_id: unknown },
    text: unknown,
  ) {
    const { chat_id, seq, sender_id, client_msg_id } = message;
    if (this.sends.get(sendKey(chat_id, sender_id, client_msg_id))?.text === text) return true;
    const edits = this.edits.get(messageKey(chat_id, seq)) ?? [];
    return edits.some(({ user, params }) => user === sender_id && textOf(params['content']) === text);
  }

  /** Once everything was added. */
  readMarks(chatId: string): ReadMarks {
    let marks = this.marks.get(chatId);
    if (marks === undefined) this.marks.set(chatId, (marks = new ReadMarks(this.reads.get(chatId) ?? [])));
    return marks;
  }

  private addEdit(operation: OperationRecord): void {
    const { chat_id, seq, client_request_id: key } = operation.params;
    const ofMessage = messageKey(chat_id, seq);
    const first = this.edits
      .get(ofMessage)
      ?.find(({ params }) => key !== undefined && params['client_request_id'] === key);
    if (first) this.repeatedEdits.push({ first, again: operation });
    else push(this.edits, ofMessage, operation);
  }

  private addSend(operation: OperationRecord): void {
    const { params, user } = operation;
    const key = sendKey(params.chat_id, user, params['client_msg_id']);
    const known = this.sends.get(key);
    if (known) known.operations.push(operation);
    else this.sends.set(key, { text: textOf(params['content'])!, operations: [operation] });
  }
}

export const textOf = (content: unknown): string | undefined =>
  (content as { text?: string } | undefined)?.text;

const changing = new Set(['messages.send', 'messages.edit', 'messages.delete', 'messages.react']);

function push<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list) list.push(item);
  else lists.set(key, [item]);
}
