/** An audit as a table for a person. */
import { moment, printable, table, type Cell } from '../table.js';
import type { Fact } from './audited.js';
import type { AuditResult, AuditRow } from './audit-result.js';

export function printAudit(result: AuditResult): readonly string[] {
  const { count, erased, rows, export: lines, spans, next_from_ms, ranges } = result;
  const read = Object.entries(ranges).map(([stream, end]) => `${stream}:${end}`);
  return [
    ...(rows === undefined
      ? []
      : table(
          ['stored (UTC)', 'what', 'about', 'who', 'device', 'command', 'trace', 'at'],
          rows.map(cellsOf),
        )),
    ...(rows === undefined ? [] : ['']),
    `${count} facts${erased === 0 ? '' : `, ${erased} of them erased since`}; read up to ${read.join(' ')}`,
    ...(lines === undefined
      ? []
      : [`${lines.lines} lines; the last one's hash, which ADMIN keeps: ${lines.final_hash}`]),
    ...(spans === undefined
      ? []
      : [`${spans.count} spans of the service odnix-audit, in the traces ${spans.traces.join(' ')}`]),
    ...(next_from_ms === null ? [] : [`There is more: --from ${new Date(next_from_ms).toISOString()}`]),
  ];
}

function cellsOf({ fact, erased }: AuditRow): Cell[] {
  const mark = erased ? ' (erased)' : '';
  const at = `${fact.at.stream}:${fact.at.sequence}`;
  return [moment(fact.stored_at_ms), `${whatOf(fact)}${mark}`, aboutOf(fact), ...byOf(fact), at];
}

function whatOf(fact: Fact): string {
  switch (fact.is) {
    case 'event':
      return fact.type;
    case 'entry':
      return `log: ${fact.kind}`;
    case 'refusal':
      return `refused: ${fact.method} ${fact.code}`;
    case 'gap':
      return 'erased, nothing kept';
  }
}

function aboutOf(fact: Fact): string {
  switch (fact.is) {
    case 'event':
      return shown(fact.data);
    case 'entry':
      return `pts ${fact.pts} ${shown({ chat_id: fact.chat_id, seq: fact.seq })}`;
    case 'refusal':
      return shown({
        subject: fact.subject_id,
        seqs: fact.seqs.join(',') || null,
        unrecorded: fact.unrecorded || null,
      });
    case 'gap':
      return `events ${fact.chat_pts_from} to ${fact.chat_pts_to}`;
  }
}

/** Who, which device, by which command, in which trace. */
function byOf(fact: Fact): Cell[] {
  if (fact.is === 'gap') return [null, null, null, null];
  if (fact.is === 'entry') return [fact.user_id, null, null, null];
  const { actor, command_id, traceparent } = fact;
  return [actor.user_id, actor.device_id, command_id, traceparent?.split('-')[1] ?? null];
}

/** `seq 3 sender_id 0197…`: nothing that is nested, and no nulls. */
function shown(data: Readonly<Record<string, unknown>>): string {
  const message = data['message'] as Readonly<Record<string, unknown>> | undefined;
  const [cursor] = (data['cursors'] as readonly object[] | undefined) ?? [];
  const members = (data['members'] ?? data['added']) as readonly { user_id: string }[] | undefined;
  const flat = {
    ...(message === undefined ? {} : { seq: message['seq'], sender: message['sender_id'] }),
    ...cursor,
    ...data,
    ...(members === undefined ? {} : { members: members.map(({ user_id }) => user_id).join(' ') }),
  };
  return Object.entries(flat)
    .filter(([, value]) => value !== null && typeof value !== 'object' && value !== undefined)
    .map(([name, value]) => `${name} ${printable(String(value))}`)
    .join(', ');
}
