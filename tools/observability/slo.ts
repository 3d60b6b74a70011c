/**
 * What people are promised, each as a part of something that can be counted: docs/slo.md and
 * observability/prometheus/rules/slo.yml are made of this list. Alerts are those of the SRE workbook (chapter 5,
 * "Alerting on SLOs"): how fast the month's budget burns, over a long window, and over a short one so that it ends soon.
 */
import { prometheusName, type MetricName } from '#observability/catalogue/index.js';
import { methods } from '#protocol/methods.js';

export interface Objective {
  /** Label `slo` of its series. */
  readonly slo: string;
  readonly promise: string;
  /** The part that must be good, of 30 days. */
  readonly good: number;
  readonly measuredBy: string;
  /** In docs/runbooks. */
  readonly runbook: string;
  /** The part that was bad, over a window. */
  bad(window: string): string;
}

export const windows = ['5m', '30m', '1h', '6h', '3d', '30d'] as const;
type Window = (typeof windows)[number];

const commands = Object.entries(methods)
  .filter(([, { route }]) => route.endsWith('-command'))
  .map(([name]) => name)
  .join('|');

const rate = (name: MetricName, suffix: string, matchers: string, window: string): string =>
  `sum(rate(${prometheusName(name)}${suffix}{${matchers}}[${window}]))`;

/** Refusals are right answers: they count neither for nor against. */
function failures(name: MetricName, matchers: string): Objective['bad'] {
  const answered = `${matchers},outcome!="refused"`;
  return (window) =>
    `(${rate(name, '_count', `${matchers},outcome="failed"`, window)} or vector(0)) / (${rate(name, '_count', answered, window)} > 0)`;
}

/** `within_s` must be one of the histogram's buckets. Prometheus 3 writes the bound 1 as 1.0, Prometheus 2 as it was told. */
function slower(name: MetricName, within_s: number, matchers: string): Objective['bad'] {
  const bound = Number.isInteger(within_s) ? `le=~"${within_s}(\\\\.0)?"` : `le="${within_s}"`;
  const within = [matchers, bound].filter((part) => part !== '').join(',');
  return (window) =>
    `1 - ${rate(name, '_bucket', within, window)} / (${rate(name, '_count', matchers, window)} > 0)`;
}

export const freshRecord = 'odnix:read_models_fresh:bool';
export const fresh_s_max = 5;
export const freshExpression = `max(${prometheusName('odnix.read_model.lag.seconds')}) <= bool ${fresh_s_max}`;

export const objectives: readonly Objective[] = [
  {
    slo: 'commands',
    promise: 'What people do is answered: done, or refused by a rule',
    good: 0.999,
    measuredBy: 'answers of gateway and API to commands that are no failure of ours; refusals are left out',
    runbook: 'commands-fail.md',
    bad: failures('odnix.request.duration.seconds', `method=~"${commands}"`),
  },
  {
    slo: 'tick',
    promise: 'A sent message has its tick within 0.5 s',
    good: 0.99,
    measuredBy: 'answers to `messages.send` by gateway and API, from the frame to the answer',
    runbook: 'sends-slow.md',
    bad: slower('odnix.request.duration.seconds', 0.5, 'method="messages.send",outcome="ok"'),
  },
  {
    slo: 'screen',
    promise: 'A sent message is at the gateway of each recipient who is there within 1 s',
    good: 0.99,
    measuredBy: 'from the time of an update to when it came live to a gateway of its user',
    runbook: 'delivery-slow.md',
    bad: slower('odnix.gateway.delivery.duration.seconds', 1, ''),
  },
  {
    slo: 'catch-up',
    promise: 'Who was away gets each slice of what was missed within 1 s',
    good: 0.99,
    measuredBy: 'the reading of slices of users’ logs, waiting for their turn included',
    runbook: 'catch-up-slow.md',
    bad: slower('odnix.replay.duration.seconds', 1, ''),
  },
  {
    slo: 'freshness',
    promise: `Read models are at most ${fresh_s_max} s behind the streams`,
    good: 0.995,
    measuredBy: 'the time during which every stream of every read model is so',
    runbook: 'projector-waits.md',
    bad: (window) => `1 - avg_over_time(${freshRecord}[${window}])`,
  },
];

/** The recorded part that was bad. */
export const badRecord = (window: Window): string => `odnix_slo:bad:ratio_${window}`;
/** The part that may be bad. */
export const allowedRecord = 'odnix_slo:allowed:ratio';

interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** As Prometheus reads a file of rules. */
export const sloRules = (): { groups: { name: string; rules: Rule[] }[] } => ({
  groups: [
    {
      name: 'odnix-slo',
      rules: [{ record: freshRecord, expr: freshExpression, labels: {} }, ...objectives.flatMap(records)],
    },
    { name: 'odnix-slo-alerts', rules: objectives.flatMap(alerts) },
  ],
});

const records = ({ slo, good, bad }: Objective): Rule[] => [
  { record: allowedRecord, expr: `vector(${part(1 - good)})`, labels: { slo } },
  ...windows.map((window) => ({ record: badRecord(window), expr: bad(window), labels: { slo } })),
];

/** How many times faster than what lasts for 30 days: 2% of the budget in an hour, 5% in six, 10% in three days. */
function alerts({ slo, promise, good, runbook }: Objective): Rule[] {
  const burns = (window: Window, times: number): string =>
    `${badRecord(window)}{slo="${slo}"} > ${part(times * (1 - good))}`;
  const name = slo
    .split('-')
    .map((word) => word[0]!.toUpperCase() + word.slice(1))
    .join('');
  const alert = (speed: string, severity: string, expr: string, what: string): Rule => ({
    alert: `Odnix${name}Burns${speed}`,
    expr,
    labels: { severity, slo },
    annotations: {
      summary: `${promise}: ${what}`,
      description: 'Now {{ $value | humanizePercentage }} of it are bad.',
      runbook: `docs/runbooks/${runbook}`,
    },
  });
  const fast = `(${burns('1h', 14.4)} and ${burns('5m', 14.4)}) or (${burns('6h', 6)} and ${burns('30m', 6)})`;
  const slow = `${burns('3d', 1)} and ${burns('6h', 1)}`;
  return [
    alert('Fast', 'page', fast, 'at this rate the budget of 30 days is gone within five'),
    alert('Slow', 'ticket', slow, 'more is bad than lasts for 30 days'),
  ];
}

/** Without the dust of binary fractions. */
const part = (value: number): number => Number(value.toPrecision(6));
