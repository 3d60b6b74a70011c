/**
 * Chats decided, stored in one stream and restored from it by pointers, as a handler does, in memory. Every batch loads
 * its chat again, so that whatever was stored is also what is decided on.
 */
import {
  buildChatDecision,
  chatDecider,
  evolveFacts,
  pointersOfHead,
  resolvePointers,
  restoreChat,
  type ChatCommand,
  type ChatDecision,
  type ChatEvent,
  type Pointers,
  type ChatState,
  type Member,
  type MessageFacts,
} from '#domain/chat/index.js';
import { decodeDecision, encodeDecision } from '#domain/catalogue.js';
import type { NewEvent } from '#domain/kernel/new-event.js';
import { bodyOf } from '../support/example-chat.js';
import type { Batch, Person, Step } from './steps.js';

export interface StoredChatDecision {
  readonly chatId: string;
  readonly sequence: number;
  readonly decision: ChatDecision;
}

export interface LoadedChat {
  readonly state: ChatState;
  readonly pointers: Pointers | null;
  /** How many decisions had to be read for it, the member list's included. */
  readonly reads: number;
}

export class SimulatedChats {
  readonly stream: StoredChatDecision[] = [];
  private ids = 0;

  constructor(private readonly decider = chatDecider) {}

  /** Decides a batch and appends what was accepted; answers the state and pointers that the writer then holds. */
  carryOut({ chat: chatId, steps }: Batch): Omit<LoadedChat, 'reads'> {
    let { state, pointers } = this.load(chatId);
    const decisions: ChatDecision[] = [];
    for (const drawn of steps) {
      const step = byMember(drawn, state);
      const command = this.commandOf(chatId, step, decisions);
      const events = this.decided(state, command);
      if (events === null) continue;
      const built = buildChatDecision({
        state,
        pointers,
        events,
        decision_id: this.nextId(),
        nextId: () => this.nextId(),
        at_ms: step.at_ms,
        meta: { actor: actorOf(step), command_id: 'c', causation_id: 'c', correlation_id: 'c' },
      });
      ({ state, pointers } = built);
      decisions.push(built.decision);
    }
    const first = this.stream.length + 1;
    for (const decision of decisions) this.append(chatId, decision);
    return { state, pointers: pointers && resolvePointers(pointers, first) };
  }

  /** Null: nothing to append. An anchor is appended without events, to whatever chat there is. */
  private decided(state: ChatState, command: ChatCommand | 'anchor'): readonly NewEvent<ChatEvent>[] | null {
    if (command === 'anchor') return state.status === 'active' ? [] : null;
    const verdict = this.decider.decide(state, command);
    return verdict.kind === 'accept' ? verdict.events : null;
  }

  /** Through the stored bytes and back. */
  private append(chatId: string, decision: ChatDecision): void {
    const stored = decodeDecision(encodeDecision(decision)) as ChatDecision;
    this.stream.push({ chatId, sequence: this.stream.length + 1, decision: stored });
  }

  load(chatId: string): LoadedChat {
    const head = this.stream.findLast((stored) => stored.chatId === chatId);
    if (head === undefined) return { state: chatDecider.initialState, pointers: null, reads: 0 };
    const { header } = head.decision;
    const at = (pointer: number) => this.at(chatId, pointer > 0 ? pointer : head.sequence + pointer);
    const run = header.state_at === 0 ? [] : [at(header.state_at), ...header.since.map(at)];
    return {
      state: restoreChat([...run, head.decision], at(header.members_at)),
      pointers: pointersOfHead(head.sequence, header),
      reads: run.length + 2,
    };
  }

  /** The member list after a decision, as the timeline comes by it. */
  membersAfter({ chatId, sequence, decision }: StoredChatDecision): ReadonlyMap<string, Member> {
    const { members_at } = decision.header;
    const { members } = this.at(chatId, members_at > 0 ? members_at : sequence + members_at);
    return new Map(members!.map((member) => [member.user_id, member]));
  }

  private at(chatId: string, sequence: number): ChatDecision {
    const stored = this.stream[sequence - 1];
    if (stored?.chatId !== chatId) throw new Error(`a pointer to ${sequence}, which is not of ${chatId}`);
    return stored.decision;
  }

  eventsOf(chatId: string, upTo = this.stream.length): ChatEvent[] {
    return this.stream
      .slice(0, upTo)
      .filter((stored) => stored.chatId === chatId)
      .flatMap(({ decision }) => [...decision.events]);
  }

  private commandOf(chatId: string, step: Step, tentative: readonly ChatDecision[]): ChatCommand | 'anchor' {
    const { whom, who, pick, at_ms } = step;
    const events = [...this.eventsOf(chatId), ...tentative.flatMap(({ events }) => [...events])];
    const sent = events.filter((event) => event.type === 'MessageSent').length;
    // One of the last few, so that much happens to each; now and then one that is not there yet.
    const seq = Math.max(1, sent + 1 - (pick % 5));
    const base = { actor: actorOf(step), at_ms };
    const service_msg_id = this.nextId();
    const target = factsOf(events, seq, who);
    switch (step.doing) {
      case 'create': {
        const kind = chatId.startsWith('direct') ? 'direct' : 'group';
        const named = { chat_id: chatId, member_ids: [whom], title: 'Title' };
        return { type: 'CreateChat', kind, ...named, service_msg_id, ...base };
      }
      case 'add':
        return { type: 'AddMembers', user_ids: [whom], service_msg_id, ...base };
      case 'remove':
        return { type: 'RemoveMember', user_id: whom, service_msg_id, ...base };
      case 'leave':
        return { type: 'Leave', service_msg_id, ...base };
      case 'update': {
        const change = changesOf(whom)[pick % changesOf(whom).length]!;
        return { type: 'UpdateChat', change, service_msg_id, ...base };
      }
      case 'role': {
        const role = (['owner', 'admin', 'member'] as const)[pick % 3]!;
        return { type: 'SetRole', user_id: whom, role, service_msg_id, ...base };
      }
      case 'ban':
        return { type: 'BanMember', user_id: whom, service_msg_id, ...base };
      case 'unban':
        return { type: 'UnbanMember', user_id: whom, ...base };
      case 'send':
        return {
          type: 'SendMessage',
          client_msg_id: this.nextId(),
          body: bodyOf(`sent ${this.ids}`),
          ...base,
        };
      case 'edit':
        return { type: 'EditMessage', seq, body: bodyOf(`edited ${this.ids}`), target, ...base };
      case 'delete':
        return { type: 'DeleteMessages', seqs: [seq], targets: [target], ...base };
      case 'react':
        return { type: 'ReactToMessage', seq, emoji: ['+', '-', null][pick % 3]!, target, ...base };
      case 'read':
        return { type: 'ReadChat', seq, ...base };
      case 'call': {
        const user_id = who === 'anna' ? 'ben' : 'anna';
        return {
          type: 'RequestCall',
          chat_id: chatId,
          user_id,
          call_id: service_msg_id,
          kind: 'audio',
          ...base,
        };
      }
      case 'answer':
        return { type: 'AcceptCall', call_id: lastCallOf(events), ...base };
      case 'hangUp':
        return { type: 'DiscardCall', call_id: lastCallOf(events), reason: 'hangup', ...base };
      case 'anchor':
        return 'anchor';
    }
  }

  /** Its last digit is a hexadecimal one, as that of a UUID. */
  private nextId = (): string => `id-${(this.ids += 1)}`;
}

const changesOf = (whom: Person): readonly Chats<'UpdateChat'>['change'][] => [
  { title: whom },
  { description: whom },
  { description: null, photo_media_id: whom },
  { history: 'all' },
  { history: 'all', permissions: { add_members: 'member', change_info: 'member' } },
  { history: 'joined', permissions: { send: 'member' } },
  { permissions: { send: 'admin', change_info: 'admin' } },
];
type Chats<T extends ChatCommand['type']> = Extract<ChatCommand, { readonly type: T }>;

const forRanks: ReadonlySet<Step['doing']> = new Set(['update', 'role', 'ban', 'unban']);

/** The same step, done by a member if there is any and it should be one; by one with a rank, if it takes one. */
function byMember(step: Step, state: ChatState): Step {
  if (state.status === 'none' || !step.byMember) return step;
  const able = [...state.members.values()].filter(
    ({ role }) => role !== 'member' || !forRanks.has(step.doing),
  );
  if (able.some(({ user_id }) => user_id === step.who)) return step;
  const who = able.at(step.pick % Math.max(1, able.length))?.user_id;
  return { ...step, who: (who ?? step.who) as Person };
}

const lastCallOf = (events: readonly ChatEvent[]): string =>
  events.findLast((event) => event.type === 'CallChanged')?.data.call_id ?? 'none';

const actorOf = ({ who }: Step) => ({ user_id: who, device_id: `${who}-phone` });

export function factsOf(events: readonly ChatEvent[], seq: number, asking: string): MessageFacts | null {
  let facts: MessageFacts | undefined;
  for (const event of events) facts = evolveFacts(facts, event, asking, seq);
  return facts ?? null;
}
