/** What one fault did, gathered record by record. */
import type { OperationRecord, SessionRecord, ShownRecord } from '../records.js';
import { clockAhead, rules } from '../checker/rules.js';
import { Spread, type SpreadFigures } from './spread.js';
import type { Window } from './windows.js';

/** What a user would call the same thing: what must go on when something else is away. */
export const areas = {
  send: ['messages.send'],
  change: ['messages.edit', 'messages.delete', 'messages.react'],
  receipts: ['messages.read', 'updates.ack'],
  members: ['chats.addMembers', 'chats.removeMember', 'chats.leave'],
  catch_up: ['updates.getDifference', 'updates.getState'],
  read: ['messages.history', 'chats.get', 'chats.list', 'chats.members', 'sync.snapshot'],
} as const;
export type Area = keyof typeof areas;
const areaOf = new Map<string, Area>(
  Object.entries(areas).flatMap(([area, methods]) =>
    methods.map((method) => [method, area as Area] as const),
  ),
);

/** A wait that a user begins to notice. */
const noticed_ms = 1_000;

export interface AreaFigures extends SpreadFigures {
  /** By code, as raw clients met them before they succeeded. */
  readonly retryable_errors: Readonly<Record<string, number>>;
  /** Connections lost under a request. */
  readonly lost: number;
  /** Since the fault began: when the last operation ended that had waited noticeably or met an error. */
  readonly disturbed_until_ms: number;
  /** Of the chats that were written to, those in which something waited noticeably. */
  readonly chats_noticed: number;
  readonly chats: number;
}

class AreaGathering {
  private readonly waits = new Spread();
  private readonly errors = new Map<string, number>();
  private lost = 0;
  private disturbedUntilMs = 0;
  private readonly slowest = new Map<string, number>();

  constructor(private readonly beginMs: number) {}

  add({ begun_ms, ended_ms, attempts, params, outcome }: OperationRecord): void {
    const waitMs = ended_ms - Math.max(begun_ms, this.beginMs);
    if (outcome === 'acknowledged') this.waits.add(waitMs);
    let isDisturbed = waitMs >= noticed_ms;
    for (const { error, lost } of attempts) {
      if (lost !== undefined) this.lost++;
      if (error?.retryable) this.errors.set(error.code, (this.errors.get(error.code) ?? 0) + 1);
      isDisturbed ||= error?.retryable === true;
    }
    if (isDisturbed) this.disturbedUntilMs = Math.max(this.disturbedUntilMs, ended_ms - this.beginMs);
    const chatId = params.chat_id;
    if (chatId !== undefined) this.slowest.set(chatId, Math.max(this.slowest.get(chatId) ?? 0, waitMs));
  }

  figures(): AreaFigures {
    return {
      ...this.waits.figures(),
      retryable_errors: Object.fromEntries(this.errors),
      lost: this.lost,
      disturbed_until_ms: Math.round(this.disturbedUntilMs),
      chats_noticed: [...this.slowest.values()].filter((ms) => ms >= noticed_ms).length,
      chats: this.slowest.size,
    };
  }
}

export class WindowFigures {
  private readonly areas = new Map<Area, AreaGathering>();
  private readonly push = { kept: new Spread(), closed: new Spread() };
  private readonly closed: { device: string; server: string; code: number; drained: boolean }[] = [];
  private readonly reconnect = new Spread();
  private readonly catchUp = new Spread();
  private readonly shown = new Map<string, number>();
  /** A standing connection was lost; what is tried after it is not counted. */
  private sdkSocketsClosed = 0;
  private readonly refused = new Map<string, number>();
  /** SDK calls that were rejected after the SDK's own trying. */
  private readonly rejected = new Map<string, number>();

  constructor(readonly window: Window) {}

  addOperation(operation: OperationRecord, client: 'wire' | 'sdk'): void {
    const { method, outcome, code = 'none' } = operation;
    if (outcome === 'refused') count(isRule(code) ? this.refused : this.shown, code);
    if (client === 'sdk' && outcome === 'unknown') count(this.rejected, `${method} ${code}`);
    const area = areaOf.get(method);
    if (area === undefined || client === 'sdk') return;
    let gathering = this.areas.get(area);
    if (gathering === undefined) this.areas.set(area, (gathering = new AreaGathering(this.window.beginMs)));
    gathering.add(operation);
  }

  /** A message's way from its answer to another device. */
  addPush(answeredMs: number, arrivedMs: number, device: string): void {
    const ms = Math.max(0, arrivedMs - Math.max(answeredMs, this.window.beginMs));
    const isClosed = this.closed.some((one) => one.device === device);
    (isClosed ? this.push.closed : this.push.kept).add(ms);
  }

  addClosed({ device, server = 'any', code = 0 }: SessionRecord, drained: boolean): void {
    this.closed.push({ device, server, code, drained });
  }

  addReconnected(ms: number): void {
    this.reconnect.add(ms);
  }

  addCaughtUp(ms: number): void {
    this.catchUp.add(ms);
  }

  addShown({ event, code }: ShownRecord): void {
    if (event === 'reconnecting') this.sdkSocketsClosed++;
    else if (!isRule(code)) count(this.shown, `${event} ${code}`);
  }

  figures() {
    const { name, kind, round, beginMs, endMs, phases } = this.window;
    const ofAreas = [...this.areas].map(([area, gathering]) => [area, gathering.figures()] as const);
    return {
      fault: name,
      kind,
      round,
      seconds: Math.round((endMs - beginMs) / 100) / 10,
      phases,
      areas: Object.fromEntries(ofAreas) as Partial<Record<Area, AreaFigures>>,
      live_push: { kept: this.push.kept.figures(), closed: this.push.closed.figures() },
      sdk_sockets_closed: this.sdkSocketsClosed,
      sockets_closed: tally(
        this.closed.map(({ server, code, drained }) => `${server} ${code}${drained ? ' drained' : ''}`),
      ),
      reconnect: this.reconnect.figures(),
      catch_up: this.catchUp.figures(),
      refused_by_rule: Object.fromEntries(this.refused),
      /** Errors beside the rules', of raw devices too. */
      shown: Object.fromEntries(this.shown),
      sdk_calls_rejected: Object.fromEntries(this.rejected),
    };
  }
}

export type FaultFigures = ReturnType<WindowFigures['figures']>;

const isRule = (code: string): boolean => rules.has(code) || code === clockAhead;

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function tally(names: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) count(counts, name);
  return Object.fromEntries(counts);
}
