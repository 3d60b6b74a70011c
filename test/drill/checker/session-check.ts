/** What devices meet that follow the protocol: every token continues, and no error is theirs to see but those of the rules. */
import type { OperationRecord, SessionRecord, ShownRecord } from '../records.js';
import type { Findings } from './findings.js';
import { clockAhead, rules } from './rules.js';

export function checkTokensContinue(
  sessions: readonly SessionRecord[],
  differences: readonly OperationRecord[],
  findings: Findings,
): void {
  for (const { device, session, event, pts = 0, from_pts = 0 } of sessions) {
    if (event !== 'opened' && event !== 'too_long') continue;
    const continues = event === 'opened' && pts >= from_pts;
    findings.expect(
      'tokens_continue',
      continues,
      () => `${device}: session ${session} from ${from_pts}: ${event} at ${pts}`,
    );
  }
  for (const { device, begun_ms, result } of differences) {
    const detail = () => `${device}: the difference asked for at ${begun_ms} is too long`;
    findings.expect('tokens_continue', result?.['type'] !== 'too_long', detail);
  }
}

export class ShownCheck {
  /** From then on a server's clock may be behind those of clients. */
  isClockSet = false;

  constructor(private readonly findings: Findings) {}

  operation({ device, method, outcome, code = '', begun_ms }: OperationRecord): void {
    const isFine = outcome !== 'refused' || this.isRule(code);
    this.findings.expect(
      'nothing_shown',
      isFine,
      () => `${device}: ${method} at ${begun_ms} is refused: ${code}`,
    );
  }

  shown({ device, event, code, at_ms }: ShownRecord): void {
    const isFine = event === 'reconnecting' || this.isRule(code);
    this.findings.expect('nothing_shown', isFine, () => `${device} shows at ${at_ms}: ${event} ${code}`);
  }

  private isRule(code: string): boolean {
    return rules.has(code) || (this.isClockSet && code === clockAhead);
  }
}

/** Marks that a device was answered are not behind those that it was answered before it asked. */
export function checkTicksForward(looks: readonly OperationRecord[], findings: Findings): void {
  const byChat = Map.groupBy(looks, ({ device, params }) => `${device} ${String(params.chat_id)}`);
  for (const [where, all] of byChat) {
    const answers = all.toSorted((one, other) => one.ended_ms - other.ended_ms);
    const known: Record<string, number> = {};
    let next = 0;
    for (const look of all.toSorted((one, other) => one.begun_ms - other.begun_ms)) {
      for (; answers[next]!.ended_ms < look.begun_ms; next++) raise(known, answers[next]!);
      for (const name of marks) {
        const found = Number(look.result?.[name]);
        const detail = () => `${where}: ${name} is ${found} at ${look.ended_ms}, and was ${known[name]}`;
        findings.expect('ticks_forward', found >= (known[name] ?? 0), detail);
      }
    }
  }
}

const marks = ['last_seq', 'read_outbox_seq', 'delivered_outbox_seq'] as const;

function raise(known: Record<string, number>, { result }: OperationRecord): void {
  for (const name of marks) known[name] = Math.max(known[name] ?? 0, Number(result?.[name]));
}
