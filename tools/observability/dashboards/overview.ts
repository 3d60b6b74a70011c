/** The first page: are people served, is anything behind, are the processes well. */
import { allowedRecord, badRecord, fresh_s_max, objectives } from '../slo.js';
import {
  bars,
  lines,
  of,
  orZero,
  p50AndP99,
  quantile,
  rate,
  stat,
  sum,
  countOf,
  type Dashboard,
} from './dashboard.js';

const budgetLeft = (slo: string): string =>
  `1 - ${badRecord('30d')}{slo="${slo}"} / ${allowedRecord}{slo="${slo}"}`;

const names: Readonly<Record<string, string>> = {
  commands: 'Commands answered',
  tick: 'Tick in time',
  screen: 'On the screen in time',
  'catch-up': 'Caught up in time',
  freshness: 'Read models fresh',
};

export const overview: Dashboard = {
  uid: 'odnix-overview',
  title: 'Odnix: overview',
  description:
    'Are people served, is anything behind, are the processes well. Further down follows the cause.',
  rows: [
    {
      title: 'What is left of the budgets of 30 days (docs/slo.md)',
      panels: [
        ...objectives.map(({ slo, promise }) =>
          stat({
            title: names[slo] ?? slo,
            description: `${promise}. 100%: nothing was bad in 30 days. 0%: as much as may be. Below: the promise is broken.`,
            unit: 'percentunit',
            width: 4,
            max: 1,
            thresholds: [
              { from: -1_000, colour: 'red' },
              { from: 0, colour: 'orange' },
              { from: 0.25, colour: 'green' },
            ],
            queries: [{ expr: budgetLeft(slo), legend: slo }],
          }),
        ),
        stat({
          title: 'Alerts firing',
          description: 'Each names its page in docs/runbooks.',
          unit: 'short',
          width: 4,
          thresholds: [{ from: 1, colour: 'red' }],
          queries: [
            { expr: orZero('count(ALERTS{alertstate="firing",alertname=~"Odnix.*"})'), legend: 'firing' },
          ],
        }),
      ],
    },
    {
      title: 'People',
      panels: [
        lines({
          title: 'Sessions',
          description: 'Devices that have a session open, by how they are connected.',
          unit: 'short',
          width: 8,
          min: 0,
          stacked: true,
          queries: [{ expr: sum(of('odnix.gateway.sessions'), 'transport'), legend: '{{transport}}' }],
        }),
        lines({
          title: 'Requests',
          description:
            'Answers of gateways and API. Refused: by a rule or a limit. Failed: by us, and that is what should not be.',
          unit: 'reqps',
          width: 8,
          min: 0,
          queries: [
            { expr: sum(rate(countOf('odnix.request.duration.seconds')), 'outcome'), legend: '{{outcome}}' },
          ],
        }),
        lines({
          title: 'Messages on their way',
          description:
            'Tick: from the frame of a messages.send to its answer. Screen: from its time to a gateway of who gets it.',
          unit: 's',
          width: 8,
          min: 0,
          thresholds: [{ from: 1, colour: 'orange' }],
          queries: [
            ...p50AndP99('odnix.request.duration.seconds', 'method="messages.send",outcome="ok"', 'tick '),
            ...p50AndP99('odnix.gateway.delivery.duration.seconds', '', 'screen '),
          ],
        }),
      ],
    },
    {
      title: 'Is anything behind?',
      panels: [
        stat({
          title: 'Users’ logs behind',
          description: 'The stream of users’ logs that is furthest behind its sources. Up to 5 s are no lag.',
          unit: 's',
          width: 4,
          thresholds: [
            { from: 5, colour: 'orange' },
            { from: 30, colour: 'red' },
          ],
          queries: [{ expr: `max(${of('odnix.user_log.lag.seconds')})`, legend: 'behind' }],
        }),
        stat({
          title: 'Read models behind',
          description: 'The read model that is furthest behind its streams.',
          unit: 's',
          width: 4,
          thresholds: [
            { from: fresh_s_max, colour: 'orange' },
            { from: 60, colour: 'red' },
          ],
          queries: [{ expr: `max(${of('odnix.read_model.lag.seconds')})`, legend: 'behind' }],
        }),
        stat({
          title: 'Streams stopped',
          description:
            'Streams of read models that were stopped by what cannot be folded. They stay so until somebody looks.',
          unit: 'short',
          width: 4,
          thresholds: [{ from: 1, colour: 'red' }],
          queries: [
            { expr: orZero(sum(of('odnix.read_model.held.streams', 'reason="stopped"'))), legend: 'stopped' },
          ],
        }),
        stat({
          title: 'Nobody’s work',
          description:
            'Ranges of commands that nobody serves, and streams of users’ logs that nobody writes.',
          unit: 'short',
          width: 4,
          thresholds: [{ from: 1, colour: 'red' }],
          queries: [
            {
              expr: `${sum(of('odnix.command.unserved.ranges'))} + ${sum(of('odnix.user_log.unwritten.streams'))}`,
              legend: 'unserved',
            },
          ],
        }),
        stat({
          title: 'Streams away',
          description: 'Not there, or without a leader: nothing can be stored in them.',
          unit: 'short',
          width: 4,
          thresholds: [{ from: 1, colour: 'red' }],
          queries: [{ expr: orZero(sum(of('odnix.streams.missing'))), legend: 'leaderless' }],
        }),
        stat({
          title: 'Last look',
          description:
            'How old the admin process’s last look at streams and tables is, from which these figures are.',
          unit: 's',
          width: 4,
          thresholds: [{ from: 60, colour: 'red' }],
          queries: [{ expr: `max(${of('odnix.installation.look.age.seconds')})`, legend: 'old' }],
        }),
      ],
    },
    {
      title: 'Processes',
      panels: [
        bars({
          title: 'Ready',
          description: 'Whether each process can do its work, as its health tells.',
          unit: 'short',
          width: 8,
          min: 0,
          max: 1,
          words: { '0': 'not ready', '1': 'ready' },
          thresholds: [
            { from: -1, colour: 'red' },
            { from: 1, colour: 'green' },
          ],
          queries: [{ expr: of('odnix.ready'), legend: '{{job}} {{instance}}' }],
        }),
        lines({
          title: 'Processors',
          description: 'Cores that each process uses.',
          unit: 'short',
          width: 8,
          min: 0,
          queries: [
            { expr: sum(rate(of('process.cpu.seconds')), 'job', 'instance'), legend: '{{job}} {{instance}}' },
          ],
        }),
        lines({
          title: 'Memory',
          description: 'Resident memory of each process.',
          unit: 'bytes',
          width: 8,
          min: 0,
          queries: [{ expr: of('process.memory.bytes', 'kind="rss"'), legend: '{{job}} {{instance}}' }],
        }),
        lines({
          title: 'Event loop, how late',
          description: 'The latest timer since the last scrape. From a tenth of a second on people notice.',
          unit: 's',
          width: 8,
          min: 0,
          thresholds: [{ from: 0.1, colour: 'orange' }],
          queries: [
            { expr: of('nodejs.eventloop.delay.seconds', 'statistic="p99"'), legend: '{{job}} {{instance}}' },
          ],
        }),
        lines({
          title: 'Warnings and errors',
          description: 'Lines of logs of these levels.',
          unit: 'ops',
          width: 8,
          min: 0,
          queries: [
            {
              expr: sum(rate(of('odnix.log.lines', 'level=~"warn|error|fatal"')), 'job', 'level'),
              legend: '{{job}} {{level}}',
            },
          ],
        }),
        lines({
          title: 'Requests by method, the slowest',
          description: 'What 99 of 100 are faster than, the five slowest methods.',
          unit: 's',
          width: 8,
          min: 0,
          queries: [
            {
              expr: `topk(5, ${quantile(0.99, 'odnix.request.duration.seconds', 'outcome="ok"', 'method')})`,
              legend: '{{method}}',
            },
          ],
        }),
      ],
    },
  ],
};
