/** Read models: how far behind, how they are folded and asked, whether they are right; and Postgres below them. */
import {
  bars,
  lines,
  of,
  p50AndP99,
  quantile,
  rate,
  stat,
  sum,
  countOf,
  orZero,
  type Dashboard,
  orNone,
} from './dashboard.js';

export const projections: Dashboard = {
  uid: 'odnix-projections',
  title: 'Odnix: projections',
  description:
    'Read models: how far behind, how they are folded and asked, whether they are right; and Postgres below them.',
  rows: [
    {
      title: 'Folding',
      panels: [
        lines({
          title: 'Behind, in time',
          description:
            'By read model: since the store wrote the first message that is not folded. Promised: 5 s.',
          unit: 's',
          width: 12,
          legend: 'right',
          min: 0,
          thresholds: [{ from: 5, colour: 'orange' }],
          queries: [
            { expr: `max by (read_model) (${of('odnix.read_model.lag.seconds')})`, legend: '{{read_model}}' },
          ],
        }),
        lines({
          title: 'Behind, in messages',
          description: 'By read model, over all its streams.',
          unit: 'short',
          width: 12,
          legend: 'right',
          min: 0,
          queries: [
            { expr: sum(of('odnix.read_model.lag.messages'), 'read_model'), legend: '{{read_model}}' },
          ],
        }),
        lines({
          title: 'Messages folded',
          description: 'By read model. A rebuild shows here as a hill.',
          unit: 'ops',
          width: 12,
          legend: 'right',
          min: 0,
          queries: [
            { expr: sum(rate(of('odnix.projector.messages')), 'read_model'), legend: '{{read_model}}' },
          ],
        }),
        lines({
          title: 'A batch',
          description: 'How long it takes to be folded, in one transaction; what 99 of 100 are faster than.',
          unit: 's',
          width: 12,
          legend: 'right',
          min: 0,
          queries: [
            {
              expr: quantile(
                0.99,
                'odnix.projector.batch.duration.seconds',
                'outcome="folded"',
                'read_model',
              ),
              legend: '{{read_model}} p99',
            },
          ],
        }),
        bars({
          title: 'Streams of read models, by how they are',
          description:
            'Running here; waiting (another process may fold them); stopped by what cannot be folded; paused by an operator.',
          unit: 'short',
          width: 12,
          min: 0,
          queries: [{ expr: sum(of('odnix.projector.streams'), 'status'), legend: '{{status}}' }],
        }),
        lines({
          title: 'Interruptions',
          description: 'By another projector, by a server, by what cannot be folded.',
          unit: 'ops',
          width: 12,
          min: 0,
          queries: [
            {
              expr: orNone(sum(rate(of('odnix.projector.interruptions')), 'read_model', 'reason'), 'reason'),
              legend: '{{read_model}} {{reason}}',
            },
          ],
        }),
      ],
    },
    {
      title: 'Asking',
      panels: [
        lines({
          title: 'Queries',
          description: 'By what became of them.',
          unit: 'ops',
          width: 8,
          min: 0,
          queries: [
            { expr: sum(rate(countOf('odnix.query.duration.seconds')), 'outcome'), legend: '{{outcome}}' },
          ],
        }),
        lines({
          title: 'A query',
          description: 'From its coming to its answer, waiting for what the session has seen included.',
          unit: 's',
          width: 8,
          min: 0,
          thresholds: [{ from: 2, colour: 'orange' }],
          queries: p50AndP99('odnix.query.duration.seconds', 'outcome="ok"'),
        }),
        lines({
          title: 'Queries that waited',
          description:
            'For the read models to cover what the session has seen. not_caught_up: in vain, the client asks again.',
          unit: 'ops',
          width: 8,
          min: 0,
          queries: [{ expr: sum(rate(of('odnix.query.waits')), 'outcome'), legend: '{{outcome}}' }],
        }),
      ],
    },
    {
      title: 'Are they right; erasure and backups',
      panels: [
        stat({
          title: 'Compared in an hour',
          description: 'Chats and people whose read models were compared with the streams.',
          unit: 'short',
          width: 4,
          queries: [{ expr: sum(`increase(${of('odnix.drift.samples')}[1h])`), legend: 'compared' }],
        }),
        stat({
          title: 'Found different in a day',
          description: 'Rows of read models that are not what the streams say. Anything but 0 is a defect.',
          unit: 'short',
          width: 4,
          thresholds: [{ from: 1, colour: 'red' }],
          queries: [
            { expr: orZero(sum(`increase(${of('odnix.drift.differences')}[1d])`)), legend: 'different' },
          ],
        }),
        stat({
          title: 'Waiting for erasure',
          description: 'Deleted messages whose text is still in the streams, which the next sweep erases.',
          unit: 'short',
          width: 4,
          queries: [{ expr: orZero(sum(of('odnix.erasure.backlog'))), legend: 'to erase' }],
        }),
        stat({
          title: 'Jobs given up',
          description: 'Dead letters, which wait for an operator.',
          unit: 'short',
          width: 4,
          thresholds: [{ from: 1, colour: 'red' }],
          queries: [{ expr: orZero(sum(of('odnix.jobs.waiting', 'queue="dead"'))), legend: 'given up' }],
        }),
        stat({
          title: 'Jobs, the oldest due',
          description: 'How long the oldest job that is due has waited.',
          unit: 's',
          width: 4,
          thresholds: [{ from: 300, colour: 'red' }],
          queries: [{ expr: `max(${of('odnix.jobs.oldest.seconds')})`, legend: 'waits' }],
        }),
        stat({
          title: 'Last backup',
          description: 'Since it began.',
          words: { '0': 'none yet' },
          unit: 's',
          width: 4,
          thresholds: [{ from: 93_600, colour: 'red' }],
          queries: [{ expr: orZero(`max(${of('odnix.backup.age.seconds')})`), legend: 'ago' }],
        }),
      ],
    },
    {
      title: 'Postgres',
      panels: [
        lines({
          title: 'Connections',
          description: 'Used of those that each pool may have.',
          unit: 'percentunit',
          width: 12,
          legend: 'right',
          min: 0,
          max: 1,
          thresholds: [{ from: 0.9, colour: 'orange' }],
          queries: [
            {
              expr: `${sum(of('odnix.postgres.connections', 'state="used"'), 'job', 'application')} / ${sum(of('odnix.postgres.connections.max'), 'job', 'application')}`,
              legend: '{{job}} {{application}}',
            },
          ],
        }),
        lines({
          title: 'Queries waiting for a connection',
          description: 'For long: the pool is too small, or Postgres is too slow.',
          unit: 'short',
          width: 12,
          legend: 'right',
          min: 0,
          queries: [
            {
              expr: sum(of('odnix.postgres.waiting'), 'job', 'application'),
              legend: '{{job}} {{application}}',
            },
          ],
        }),
        lines({
          title: 'A query to Postgres',
          description: 'On a connection that is there; what 99 of 100 are faster than.',
          unit: 's',
          width: 24,
          legend: 'right',
          min: 0,
          queries: [
            {
              expr: quantile(0.99, 'odnix.postgres.query.duration.seconds', '', 'job', 'kind'),
              legend: '{{job}} {{kind}} p99',
            },
          ],
        }),
      ],
    },
  ],
};
