/** A chat in which everything happens that an audit tells of, with a record of it by those who did it. */
import { expect } from 'vitest';
import { auditChatOperation } from '../../apps/admin/audit/audit-chat.js';
import { auditMessageOperation } from '../../apps/admin/audit/audit-message.js';
import { checkChain } from '../../apps/admin/audit/check-chain.js';
import { adminContext } from './admin-context.js';
import { wrongLineIn } from './audit-checker.js';
import type { OtlpReceiver } from './otlp-receiver.js';
import type { SeenSpan } from './seen-span.js';
import type { Random } from './random.js';
import { WireRefusal, type Person } from './person.js';

type Means = Parameters<typeof adminContext>;
type Fact = Record<string, any>;
interface Line {
  readonly fact: Fact;
  readonly fact_hash: string;
  readonly erased: boolean;
}

const placeOf = ({ fact }: Line): string => Object.values(fact['at'] as object).join(':');

export class AuditedChat {
  /** `what who [about]`, as they know it. */
  private readonly done: string[] = [];
  private readonly words = ['canary of a title'];
  chatId = '';
  private kept = 0;
  deleted = 0;
  private before: readonly Line[] = [];
  private spansBefore: readonly SeenSpan[] = [];

  constructor(
    private readonly ann: Person,
    private readonly bob: Person,
    private readonly carol: Person,
    private readonly collector: OtlpReceiver,
  ) {}

  /** The texts that are to be gone after the next sweep. */
  async live(): Promise<readonly string[]> {
    const { ann, bob, carol } = this;
    const [first, second, gone, edit] = ['1', '2', '3', '4'].map((digit) => `canary${digit.repeat(20)}`);
    const { chat } = await ann.create({
      kind: 'group',
      title: this.words[0]!,
      member_ids: [bob.userId, carol.userId],
    });
    this.chatId = chat.chat_id as string;
    this.did('ChatCreated', ann);
    const of = { chat_id: this.chatId };
    this.kept = (await ann.send(this.chatId, first!)).seq;
    this.did('MessageSent', ann, this.kept);
    this.deleted = (await bob.send(this.chatId, gone!)).seq;
    this.did('MessageSent', bob, this.deleted);
    const content = (text: string) => ({ content: { type: 'text', text } });
    await bob.request('messages.edit', { ...of, seq: this.deleted, ...content(edit!) });
    this.did('MessageEdited', bob, this.deleted);
    await ann.request('messages.edit', { ...of, seq: this.kept, ...content(second!) });
    this.did('MessageEdited', ann, this.kept);
    await carol.sees(({ type, seq }) => type === 'message.edited' && seq === this.kept);
    await carol.request('messages.read', { ...of, seq: this.deleted });
    this.did('ReadCursorMoved', carol, this.deleted);
    await carol.request('updates.ack', { pts: carol.pts });
    this.did('DeliveredCursorMoved', carol, this.deleted);
    await ann.request('chats.setRole', { ...of, user_id: bob.userId, role: 'admin' });
    this.did('RoleChanged', ann);
    await bob.request('chats.removeMember', { ...of, user_id: carol.userId });
    this.did('MemberRemoved', bob);
    await this.refused(carol, 'messages.send', { ...of, ...content('canary5'), client_msg_id: this.chatId });
    await this.refused(bob, 'messages.edit', { ...of, seq: this.kept, ...content('canary6') });
    await bob.request('messages.delete', { ...of, seqs: [this.deleted], for: 'everyone' });
    this.did('Tombstoned', bob, this.deleted);
    this.words.push(first!, second!, gone!, edit!, 'canary5', 'canary6');
    return [gone!, edit!];
  }

  /** Before anything is erased: complete, without a word, and whole. */
  async expectComplete(means: Means, random: Random): Promise<void> {
    const { lines, file } = await this.exported(means);
    expect(
      lines
        .map(told)
        .filter((text) => text !== null)
        .toSorted(),
    ).toEqual(this.done.toSorted());
    expect(lines.some(({ erased }) => erased)).toBe(false);
    await this.expectWhole(file, random);
    this.before = lines;
    this.spansBefore = await this.written(means);
    expect(await this.written(means)).toEqual(this.spansBefore);
    this.expectTagged(lines);
    await this.expectMessage(means, this.deleted, [this.bob, this.ann, this.carol]);
  }

  /** After it: the same facts of the same hashes, and of the deleted message that they are erased. */
  async expectSameAfter(means: Means, random: Random): Promise<void> {
    const { lines, file } = await this.exported(means);
    await this.expectWhole(file, random);
    const hashes = (all: readonly Line[]) => all.map((line) => `${placeOf(line)} ${line.fact_hash}`);
    expect(hashes(lines).slice(0, this.before.length)).toEqual(hashes(this.before));
    const erased = lines.filter((line) => line.erased).map(told);
    const ids = (spans: readonly SeenSpan[]) => spans.map(({ traceId, spanId }) => `${traceId} ${spanId}`);
    expect(ids(await this.written(means)).slice(0, this.spansBefore.length)).toEqual(ids(this.spansBefore));
    expect(erased).toEqual([
      `MessageSent ${this.bob.userId} ${this.deleted}`,
      `MessageEdited ${this.bob.userId} ${this.deleted}`,
    ]);
    await this.expectMessage(means, this.deleted, [this.bob, this.ann, this.carol]);
  }

  /** The deleted message's spans as the collector has them, without a word in what it was sent. */
  private async written(means: Means): Promise<readonly SeenSpan[]> {
    const from = this.collector.spans.length;
    const asked = { chatId: this.chatId, seq: this.deleted, jaeger: this.collector.url };
    const { spans } = await auditMessageOperation.run(adminContext(...means), asked);
    const seen = this.collector.spans.slice(from);
    expect([spans?.count, spans?.traces]).toEqual([
      seen.length,
      [...new Set(seen.map((one) => one.traceId))],
    ]);
    expect(this.words.filter((word) => this.collector.bodies.some((body) => body.includes(word)))).toEqual(
      [],
    );
    return seen;
  }

  /** One trace, each span of the message by its tags, and its sending linked to the live trace in which it was sent. */
  private expectTagged(lines: readonly Line[]): void {
    const spans = this.spansBefore;
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    for (const { attributes } of spans)
      expect(attributes).toMatchObject({ 'odnix.chat_id': this.chatId, 'odnix.seq': this.deleted });
    const sent = lines.find((line) => told(line) === `MessageSent ${this.bob.userId} ${this.deleted}`)!;
    const [, traceId, spanId] = (sent.fact['traceparent'] as string).split('-');
    expect(spans.find(({ parentId }) => parentId === null)).toMatchObject({
      name: 'MessageSent',
      startMs: sent.fact['occurred_at_ms'] as number,
      links: [{ traceId, spanId }],
    });
  }

  private async exported(means: Means): Promise<{ lines: readonly Line[]; file: Buffer }> {
    const context = adminContext(...means);
    await auditChatOperation.run(context, { chatId: this.chatId, lines: true });
    const lines = context.emitted.map((line) => JSON.parse(line) as Line).slice(1, -1);
    return { lines, file: Buffer.from(context.emitted.map((line) => `${line}\n`).join('')) };
  }

  private async expectWhole(file: Buffer, random: Random): Promise<void> {
    expect(this.words.filter((word) => file.includes(word))).toEqual([]);
    async function* pieces(of: Buffer): AsyncGenerator<Buffer> {
      yield of;
    }
    expect(await checkChain(pieces(file))).toMatchObject({ is_whole: true });
    expect(wrongLineIn(file)).toBeNull();
    const at = random.integer(file.length);
    const altered = Buffer.from(file);
    altered[at] = altered[at]! ^ (1 << random.integer(7));
    const line = file.subarray(0, at).filter((byte) => byte === 10).length + 1;
    expect(await checkChain(pieces(altered))).toMatchObject({ is_whole: false, line });
    expect(wrongLineIn(altered)).toBe(line);
  }

  /** Whom it reached, by their logs, and whose device stored it. */
  private async expectMessage(means: Means, seq: number, reached: readonly Person[]): Promise<void> {
    const { rows = [] } = await auditMessageOperation.run(adminContext(...means), {
      chatId: this.chatId,
      seq,
    });
    const of = (is: string, type?: string): Fact[] =>
      rows.map(({ fact }) => fact as Fact).filter((fact) => fact['is'] === is && fact['type'] === type);
    expect(
      of('entry')
        .map(({ user_id }) => user_id as string)
        .toSorted(),
    ).toEqual(reached.map(({ userId }) => userId).toSorted());
    const { userId, identity } = this.carol;
    for (const type of ['DeviceCursorMoved', 'DeliveredCursorMoved', 'ReadCursorMoved'])
      expect(of('event', type).filter(({ subject_id }) => subject_id === userId)).toMatchObject([
        { actor: { device_id: identity.device_id } },
      ]);
  }

  private did(what: string, who: Person, about?: number): void {
    this.done.push([what, who.userId, about].filter((part) => part !== undefined).join(' '));
  }

  private async refused(who: Person, method: string, params: object): Promise<void> {
    const error = await who.request(method, params).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(WireRefusal);
    this.done.push(`${method} ${who.userId} refused`);
  }
}

/** As those who did it wrote it down; null: the server's own message beside a change, or a mark that sending moved. */
function told({ fact }: Line): string | null {
  const { is, type, actor, data, method } = fact;
  if (is === 'refusal') return `${method} ${actor.user_id} refused`;
  if (type === 'MessageSent' && data.body.commitment === undefined) return null;
  const seq = data.message?.seq ?? data.cursors?.[0].seq;
  return [type, actor.user_id, seq].filter((part) => part !== undefined).join(' ');
}
