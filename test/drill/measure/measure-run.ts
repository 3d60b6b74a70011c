/** Reads a run's records and says what each fault did to the people who use the system. */
import type {
  DeviceRecord,
  FaultRecord,
  JournalRecord,
  OperationRecord,
  RecordedRun,
  SessionRecord,
  ShownRecord,
} from '../records.js';
import { WindowFigures, type FaultFigures } from './window-figures.js';
import { windowAt, windowsOf, type Window } from './windows.js';

class Gathering {
  private readonly figures = new Map<Window, WindowFigures>();
  private readonly answered = new Map<string, number>();
  private readonly lastSession = new Map<string, { closedMs: number; drained: boolean }>();
  private readonly draining = new Set<string>();

  constructor(
    private readonly windows: readonly Window[],
    private readonly clients: ReadonlyMap<string, DeviceRecord['client']>,
  ) {}

  take(record: JournalRecord): void {
    if (record.kind === 'operation') this.operation(record);
    else if (record.kind === 'session') this.session(record);
    else if (record.kind === 'shown') this.shown(record);
  }

  pushed(chatId: string, seq: number, arrivedMs: number, device: string): void {
    const answeredMs = this.answered.get(`${chatId} ${seq}`);
    if (answeredMs !== undefined)
      this.at(Math.max(answeredMs, arrivedMs))?.addPush(answeredMs, arrivedMs, device);
  }

  all(): FaultFigures[] {
    return this.windows.map((window) => this.of(window).figures());
  }

  private operation(record: OperationRecord): void {
    this.at(record.ended_ms)?.addOperation(record, this.clients.get(record.device) ?? 'wire');
    const { method, outcome, result, params, ended_ms } = record;
    if (method !== 'messages.send' || outcome !== 'acknowledged' || result?.['duplicate'] === true) return;
    this.answered.set(`${params.chat_id} ${String(result?.['seq'])}`, ended_ms);
  }

  private session(record: SessionRecord): void {
    const { device, event, at_ms, is_own } = record;
    if (event === 'draining') this.draining.add(device);
    if (event === 'closed') {
      const drained = this.draining.delete(device);
      this.lastSession.delete(device);
      if (is_own === true) return;
      this.at(at_ms)?.addClosed(record, drained);
      this.lastSession.set(device, { closedMs: at_ms, drained });
    }
    const last = this.lastSession.get(device);
    if (last === undefined) return;
    if (event === 'opened') this.at(at_ms)?.addReconnected(at_ms - last.closedMs);
    if (event === 'caught_up') {
      this.at(at_ms)?.addCaughtUp(at_ms - last.closedMs);
      this.lastSession.delete(device);
    }
  }

  private shown(record: ShownRecord): void {
    this.at(record.at_ms)?.addShown(record);
  }

  private at(ms: number): WindowFigures | undefined {
    const window = windowAt(this.windows, ms);
    return window && this.of(window);
  }

  private of(window: Window): WindowFigures {
    let figures = this.figures.get(window);
    if (figures === undefined) this.figures.set(window, (figures = new WindowFigures(window)));
    return figures;
  }
}

export interface RunFigures {
  readonly faults: readonly FaultFigures[];
  /** By method, by outcome or code. */
  readonly operations: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

class OperationCounts {
  readonly byMethod: Record<string, Record<string, number>> = {};

  add({ method, outcome, code, result }: OperationRecord): void {
    const counts = (this.byMethod[method] ??= {});
    const name =
      outcome === 'refused' ? `refused ${code}` : result?.['duplicate'] === true ? 'known already' : outcome;
    counts[name] = (counts[name] ?? 0) + 1;
  }
}

export async function measureRun(run: RecordedRun): Promise<RunFigures> {
  const faults: FaultRecord[] = [];
  const clients = new Map<string, DeviceRecord['client']>();
  const operations = new OperationCounts();
  let beginMs = Infinity;
  let endMs = 0;
  for await (const record of run.journal()) {
    if (record.kind === 'fault') faults.push(record);
    else if (record.kind === 'device') clients.set(record.device, record.client);
    else if (record.kind === 'operation') {
      operations.add(record);
      beginMs = Math.min(beginMs, record.begun_ms);
      endMs = Math.max(endMs, record.ended_ms);
    }
  }
  const gathering = new Gathering(windowsOf(faults, beginMs, endMs), clients);
  for await (const record of run.journal()) gathering.take(record);
  for (const [device, client] of clients) {
    if (client !== 'wire') continue;
    for await (const { update, at_ms } of run.updatesOf(device)) {
      if (update.type === 'message.new') {
        gathering.pushed(String(update['chat_id']), Number(update['seq']), at_ms, device);
      }
    }
  }
  return { faults: gathering.all(), operations: operations.byMethod };
}
