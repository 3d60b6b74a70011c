/** NATS as Odnix sees it: appends, who holds what, connections. */
import {
  bars,
  lines,
  of,
  quantile,
  rate,
  stat,
  sum,
  countOf,
  type Dashboard,
  orNone,
  orZero,
} from './dashboard.js';

export const streams: Dashboard = {
  uid: 'odnix-streams',
  title: 'Odnix: streams',
  description: 'What is stored, who writes it, and the connections to NATS.',
  rows: [
    {
      title: 'Appending',
      panels: [
        lines({
          title: 'Commands carried out',
          description: 'By command handlers. Failed: the answer is an error of ours.',
          unit: 'ops',
          width: 8,
          min: 0,
          queries: [
            {
              expr: sum(rate(countOf('odnix.command.duration.seconds', 'method!="unknown"')), 'outcome'),
              legend: '{{outcome}}',
            },
          ],
        }),
        lines({
          title: 'An append',
          description: 'From sending decisions to the store’s answer; what 99 of 100 are faster than.',
          unit: 's',
          width: 8,
          min: 0,
          thresholds: [{ from: 0.2, colour: 'orange' }],
          queries: [
            {
              expr: quantile(0.99, 'odnix.store.append.duration.seconds', 'outcome="appended"', 'family'),
              legend: '{{family}} p99',
            },
          ],
        }),
        lines({
          title: 'Appends by the store’s answer',
          description: 'A conflict is a wrong expected sequence and is decided anew; unknown is no answer.',
          unit: 'ops',
          width: 8,
          min: 0,
          queries: [
            {
              expr: sum(rate(countOf('odnix.store.append.duration.seconds')), 'outcome'),
              legend: '{{outcome}}',
            },
          ],
        }),
        lines({
          title: 'Decided anew',
          description: 'Because the store refused (somebody else was faster) or did not answer.',
          unit: 'ops',
          width: 8,
          min: 0,
          queries: [
            {
              expr: sum(rate(of('odnix.command.retries')), 'target', 'reason'),
              legend: '{{target}} {{reason}}',
            },
          ],
        }),
        lines({
          title: 'In flight, and answered BUSY',
          description: 'Commands being served, and those refused at once because too many were.',
          unit: 'short',
          width: 8,
          min: 0,
          queries: [
            { expr: sum(of('odnix.command.in_flight')), legend: 'in flight' },
            { expr: orZero(sum(rate(of('odnix.command.overloads')))), legend: 'BUSY a second' },
          ],
        }),
        lines({
          title: 'Caches, how often they help',
          description: 'The part of look-ups that were answered from a process’s memory.',
          unit: 'percentunit',
          width: 8,
          min: 0,
          max: 1,
          queries: [
            {
              expr: `${sum(rate(of('odnix.cache.lookups', 'outcome="hit"')), 'cache')} / ${sum(rate(of('odnix.cache.lookups')), 'cache')}`,
              legend: '{{cache}}',
            },
          ],
        }),
      ],
    },
    {
      title: 'Users’ logs and leases',
      panels: [
        lines({
          title: 'Entries written',
          description: 'To users’ logs, by the stream.',
          unit: 'ops',
          width: 8,
          min: 0,
          stacked: true,
          queries: [{ expr: sum(rate(of('odnix.timeline.entries')), 'stream'), legend: '{{stream}}' }],
        }),
        lines({
          title: 'Messages not in users’ logs yet',
          description:
            'Of the source that a log is furthest behind, as the admin process sees it in the streams.',
          unit: 'short',
          width: 8,
          min: 0,
          queries: [{ expr: `max by (log) (${of('odnix.user_log.lag.messages')})`, legend: '{{log}}' }],
        }),
        lines({
          title: 'A batch of entries',
          description: 'From sending it to the store’s answer; what 99 of 100 are faster than.',
          unit: 's',
          width: 8,
          min: 0,
          queries: [
            {
              expr: quantile(0.99, 'odnix.timeline.batch.duration.seconds', '', 'outcome'),
              legend: '{{outcome}} p99',
            },
          ],
        }),
        bars({
          title: 'Leases held',
          description: 'Who serves which part. Together they are all there are.',
          unit: 'short',
          width: 8,
          min: 0,
          queries: [
            { expr: sum(of('odnix.lease.held'), 'group', 'instance'), legend: '{{group}} {{instance}}' },
          ],
        }),
        lines({
          title: 'Leases changing hands',
          description:
            'Got, by who had them; and lost while they were held, which costs a second of speed and nothing else.',
          unit: 'ops',
          width: 8,
          min: 0,
          queries: [
            { expr: sum(rate(of('odnix.lease.acquired')), 'from'), legend: 'got, {{from}}' },
            { expr: sum(rate(of('odnix.lease.lost'))), legend: 'lost' },
          ],
        }),
        lines({
          title: 'Writers interrupted',
          description:
            'Writers of users’ logs that ended: another one came, the store did not answer, or what cannot be written.',
          unit: 'ops',
          width: 8,
          min: 0,
          queries: [
            {
              expr: orNone(sum(rate(of('odnix.timeline.interruptions')), 'reason'), 'reason'),
              legend: '{{reason}}',
            },
          ],
        }),
      ],
    },
    {
      title: 'Connections to NATS',
      panels: [
        stat({
          title: 'Away',
          description: 'Connections that are cut at present. They are made again for ever.',
          unit: 'short',
          width: 4,
          thresholds: [{ from: 1, colour: 'red' }],
          queries: [{ expr: sum(of('odnix.nats.connections', 'state="away"')), legend: 'away' }],
        }),
        stat({
          title: 'Connected',
          description: 'Connections that are there.',
          unit: 'short',
          width: 4,
          queries: [{ expr: sum(of('odnix.nats.connections', 'state="connected"')), legend: 'connected' }],
        }),
        lines({
          title: 'Cut, and back',
          description: 'How often connections were cut and made again.',
          unit: 'ops',
          width: 8,
          min: 0,
          queries: [
            { expr: sum(rate(of('odnix.nats.disconnects')), 'job'), legend: '{{job}} cut' },
            { expr: sum(rate(of('odnix.nats.reconnects')), 'job'), legend: '{{job}} back' },
          ],
        }),
        lines({
          title: 'Denied',
          description: 'What NATS did not permit a process’s user. It should be nothing: docs/authority.md.',
          unit: 'ops',
          width: 8,
          min: 0,
          thresholds: [{ from: 0.01, colour: 'red' }],
          queries: [
            {
              expr: orNone(sum(rate(of('odnix.nats.denials')), 'job', 'operation'), 'operation'),
              legend: '{{job}} {{operation}}',
            },
          ],
        }),
        lines({
          title: 'Messages over NATS',
          description: 'By app and direction.',
          unit: 'ops',
          width: 12,
          min: 0,
          queries: [
            {
              expr: sum(rate(of('odnix.nats.messages')), 'job', 'direction'),
              legend: '{{job}} {{direction}}',
            },
          ],
        }),
        lines({
          title: 'Bytes over NATS',
          description: 'By app and direction.',
          unit: 'Bps',
          width: 12,
          min: 0,
          queries: [
            {
              expr: sum(rate(of('odnix.nats.transferred.bytes')), 'job', 'direction'),
              legend: '{{job}} {{direction}}',
            },
          ],
        }),
      ],
    },
  ],
};
