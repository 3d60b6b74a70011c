/** Gathers what an audit tells: some rows for a person, or all of it as chained lines, and never more than a row of those in memory. */
import { OperationRefused, type AdminContext } from '../operation.js';
import { WrongParameter } from '../parameters.js';
import { factHash, type Audited, type Fact } from './audited.js';
import { Chain, type Head } from './chain.js';
import type { CommonParams } from './audit-parameters.js';
import type { AuditResult, AuditRow } from './audit-result.js';
import { spanOf, type AskedOf } from './audit-spans.js';
import type { Stretch } from './stretch.js';

/** Facts of one millisecond are not torn apart, so that the next page can begin with the next one. */
const same_moment_max = 100_000;
const traces_told_max = 20;

export interface Audit extends AskedOf {
  readonly asked: Head['asked'];
  readonly stretch: Stretch;
  readonly facts: AsyncGenerator<Audited>;
  readonly limit: number;
}

/** In the form that was asked for. */
export function runAudit(context: AdminContext, params: CommonParams, audit: Audit): Promise<AuditResult> {
  if (params.jaeger) return auditSpans(audit, params.jaeger === true ? undefined : params.jaeger);
  return params.lines ? auditLines(context, audit) : auditRows(audit);
}

async function auditSpans(audit: Audit, endpoint: string | undefined): Promise<AuditResult> {
  const { HistoryExport, isEndpointSet, NotTaken } = await import('#observability/export-history.js');
  if (endpoint === undefined && !isEndpointSet(process.env))
    throw new OperationRefused('OTEL_EXPORTER_OTLP_ENDPOINT is not set, so nothing says where the spans go.');
  const traces = new Set<string>();
  const to = new HistoryExport('odnix-audit', endpoint);
  try {
    const taken = await take(audit, async (one) => {
      const span = spanOf(audit, one);
      if (traces.size < traces_told_max) traces.add(span.traceId);
      await to.write(span);
    });
    await to.flush();
    return { ...about(audit), ...taken, spans: { count: taken.count, traces: [...traces] } };
  } catch (error) {
    if (!(error instanceof NotTaken)) throw error;
    throw new OperationRefused(
      `The collector does not take the spans (${error.message}). Some may be there; again, they are the same.`,
    );
  } finally {
    await to.close();
  }
}

async function auditRows(audit: Audit): Promise<AuditResult> {
  const rows: AuditRow[] = [];
  const taken = await take(audit, async (one) => {
    rows.push({ ...one, fact_hash: factHash(one.fact) });
  });
  return { ...about(audit), ...taken, rows };
}

/** Resolves when whoever reads has taken the last line. */
async function auditLines(
  { actor, emit }: Pick<AdminContext, 'actor' | 'emit'>,
  audit: Audit,
): Promise<AuditResult> {
  if (emit === undefined)
    throw new WrongParameter('lines', 'only where lines are taken: accept: application/x-ndjson');
  const { of, asked } = audit;
  const chain = new Chain();
  const by = { name: actor.name, role: actor.role };
  await emit(chain.head({ format: 1, of, asked, by, made_at_ms: Date.now() }));
  const taken = await take(audit, (one) => emit(chain.fact(one)));
  const { ranges } = about(audit);
  await emit(chain.end({ facts: taken.count, ranges, next_from_ms: taken.next_from_ms }));
  return { ...about(audit), ...taken, export: { lines: taken.count + 2, final_hash: chain.hash } };
}

const about = ({ of, asked, stretch }: Audit) => ({ of, asked, ranges: Object.fromEntries(stretch.read) });

interface Taken {
  readonly count: number;
  readonly erased: number;
  readonly next_from_ms: number | null;
}

async function take({ facts, stretch, limit }: Audit, use: (one: Audited) => Promise<void>): Promise<Taken> {
  let [count, erased] = [0, 0];
  let last: Fact | null = null;
  for await (const one of facts) {
    if (!stretch.holds(one)) continue;
    const isOver = count >= limit && one.fact.stored_at_ms !== last!.stored_at_ms;
    if (isOver || count >= limit + same_moment_max)
      return { count, erased, next_from_ms: one.fact.stored_at_ms };
    await use(one);
    count += 1;
    if (one.erased) erased += 1;
    last = one.fact;
  }
  return { count, erased, next_from_ms: null };
}
