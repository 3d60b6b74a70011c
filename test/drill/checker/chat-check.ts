/** One chat: what stands in it against what was asked for and answered. */
import type { OperationRecord } from '../records.js';
import type { ChatEvent } from './chat-record.js';
import type { Findings } from './findings.js';
import { messageKey, sendKey, textOf, type Send, type Truth } from './truth.js';

interface StandingMessage {
  readonly by: string;
  readonly key: string;
  readonly isService: boolean;
  text: string | undefined;
  isDeleted: boolean;
  readonly reactions: Map<string, string | null>;
}

export interface ChatCheckOptions {
  readonly chatId: string;
  readonly events: readonly (ChatEvent | undefined)[];
  readonly truth: Truth;
  readonly findings: Findings;
  /** As answered at rest; undefined where nobody was asked. */
  readonly members: ReadonlySet<string> | undefined;
}

export class ChatCheck {
  private readonly messages = new Map<number, StandingMessage>();
  private readonly seqsByKey = new Map<string, number[]>();
  private readonly editTexts = new Map<string, number>();
  private readonly standing: Set<string>;

  constructor(private readonly options: ChatCheckOptions) {
    this.standing = new Set(options.truth.chats.get(options.chatId)?.members);
    for (const event of options.events) if (event) this.apply(event);
  }

  check(): void {
    this.checkInventions();
    for (const [key, send] of this.options.truth.sends) {
      if (key.startsWith(`${this.options.chatId} `)) this.checkSend(key, send);
    }
    this.checkChanges();
    this.checkMembers();
  }

  private apply(event: ChatEvent): void {
    const { type, seq = 0, by = '' } = event;
    if (type === 'message.new') {
      const key = sendKey(this.options.chatId, by, event.client_msg_id);
      this.seqsByKey.set(key, [...(this.seqsByKey.get(key) ?? []), seq]);
      const { text, isService = false } = event;
      this.messages.set(seq, { by, key, isService, text, isDeleted: false, reactions: new Map() });
    } else if (type === 'chat.members') {
      for (const user of event.removed ?? []) this.standing.delete(user);
      for (const user of event.added ?? []) this.standing.add(user);
    }
    const message = this.messages.get(seq);
    if (message === undefined) return;
    if (type === 'message.edited') this.edited(message, event);
    else if (type === 'message.deleted') this.deleted(message, event);
    else if (type === 'message.reaction') this.reacted(message, event);
  }

  private edited(message: StandingMessage, { seq, text }: ChatEvent): void {
    message.text = text;
    if (text === undefined) return;
    const key = `${messageKey(this.options.chatId, seq)} ${text}`;
    this.editTexts.set(key, (this.editTexts.get(key) ?? 0) + 1);
  }

  private deleted(message: StandingMessage, { seq, by }: ChatEvent): void {
    const { findings, truth, chatId } = this.options;
    const asked = truth.deletions.get(messageKey(chatId, seq)) ?? [];
    const isAsked = asked.some(({ user }) => user === by);
    findings.expect('never_invented', isAsked, () => `${chatId} seq ${seq}: nobody asked for its deletion`);
    findings.expect('never_doubled', !message.isDeleted, () => `${chatId} seq ${seq}: deleted twice`);
    message.isDeleted = true;
  }

  private reacted(message: StandingMessage, { seq, by, emoji = null }: ChatEvent): void {
    const { findings, truth, chatId } = this.options;
    const asked = truth.reactions.get(`${messageKey(chatId, seq)} ${by}`) ?? [];
    const isAsked = asked.some(({ params }) => params['emoji'] === emoji);
    findings.expect('never_invented', isAsked, () => `${chatId} seq ${seq}: a reaction nobody asked for`);
    const before = message.reactions.get(by!) ?? null;
    findings.expect('never_doubled', before !== emoji, () => `${chatId} seq ${seq}: the same reaction twice`);
    message.reactions.set(by!, emoji);
  }

  /** Every key in the chat was sent, and every edit's text once. Service messages are the server's. */
  private checkInventions(): void {
    const { findings, truth, chatId } = this.options;
    for (const [seq, { key, isService }] of this.messages) {
      const isKnown = isService || truth.sends.has(key);
      findings.expect('never_invented', isKnown, () => `${chatId} seq ${seq}: a message nobody sent`);
    }
    for (const [key, seqs] of this.seqsByKey) {
      findings.expect('never_doubled', seqs.length === 1, () => `${key} stands at ${seqs.join(', ')}`);
    }
    for (const [key, count] of this.editTexts) {
      findings.expect('never_doubled', count === 1, () => `${key}: ${count} times`);
    }
  }

  private checkSend(key: string, { operations }: Send): void {
    const { findings } = this.options;
    const seqs = this.seqsByKey.get(key) ?? [];
    const answered = operations.filter(({ outcome }) => outcome === 'acknowledged');
    for (const { result, device } of answered) {
      const isThere = seqs.length === 1 && seqs[0] === result?.['seq'];
      const detail = () =>
        `${key} of ${device}: answered ${String(result?.['seq'])}, stands at [${seqs.join(', ')}]`;
      findings.expect('acknowledged_once', isThere, detail);
    }
    if (operations.length === 1) return;
    const first = Math.min(...answered.map(({ ended_ms }) => ended_ms));
    for (const { result, begun_ms, device } of answered) {
      if (begun_ms < first) continue;
      const isRepeat = result?.['duplicate'] === true && result['seq'] === seqs[0];
      findings.expect('repeat_answered', isRepeat, () => `${key} of ${device}: ${JSON.stringify(result)}`);
    }
  }

  private checkChanges(): void {
    const { truth, findings, chatId } = this.options;
    const ofChat = <T>(all: ReadonlyMap<string, T>) =>
      [...all].filter(([key]) => key.startsWith(`${chatId} `));
    for (const [key, edits] of ofChat(truth.edits)) this.checkEdits(key, edits);
    for (const [key, deletions] of ofChat(truth.deletions)) {
      if (!deletions.some(({ outcome }) => outcome === 'acknowledged')) continue;
      const message = this.messages.get(Number(key.split(' ')[1]));
      findings.expect(
        'delete_kept',
        message?.isDeleted === true,
        () => `${key}: deletion acknowledged, not there`,
      );
    }
    for (const [key, reactions] of ofChat(truth.reactions)) this.checkReactions(key, reactions);
  }

  /** One device edits a message, one edit after the other: the last acknowledged is the one that stands. */
  private checkEdits(key: string, edits: readonly OperationRecord[]): void {
    const { findings } = this.options;
    const message = this.messages.get(Number(key.split(' ')[1]));
    if (message?.isDeleted) return;
    for (const { outcome, params } of edits) {
      if (outcome !== 'acknowledged') continue;
      const count = this.editTexts.get(`${key} ${textOf(params['content'])}`) ?? 0;
      findings.expect('edit_kept', count === 1, () => `${key}: an acknowledged edit stands ${count} times`);
    }
    const last = edits.filter(({ outcome }) => outcome !== 'refused').at(-1);
    if (last?.outcome !== 'acknowledged') return;
    const isLast = message?.text === textOf(last.params['content']);
    findings.expect('edit_kept', isLast, () => `${key}: the last acknowledged edit is not what is shown`);
  }

  private checkReactions(key: string, reactions: readonly OperationRecord[]): void {
    const [, seq, user] = key.split(' ');
    const message = this.messages.get(Number(seq));
    const last = reactions.filter(({ outcome }) => outcome !== 'refused').at(-1);
    if (message?.isDeleted || last?.outcome !== 'acknowledged') return;
    const stands = message?.reactions.get(user!) ?? null;
    const detail = () => `${key}: ${String(last.params['emoji'])} was acknowledged, ${String(stands)} stands`;
    this.options.findings.expect('reaction_kept', stands === last.params['emoji'], detail);
  }

  private checkMembers(): void {
    const { findings, members, chatId } = this.options;
    if (members === undefined) return;
    const isEqual =
      members.size === this.standing.size && [...members].every((user) => this.standing.has(user));
    const detail = () => `${chatId}: ${[...members].join(' ')} are not ${[...this.standing].join(' ')}`;
    findings.expect('members_kept', isEqual, detail);
  }
}
