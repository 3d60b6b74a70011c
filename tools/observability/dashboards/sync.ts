/** What the product is about: every device of every user in the same state. From the event to the log to the device. */
import { lines, of, p50AndP99, quantile, rate, sum, type Dashboard } from './dashboard.js';

export const sync: Dashboard = {
  uid: 'odnix-sync',
  title: 'Odnix: sync',
  description: 'How updates reach devices that are there, and how those catch up that were away.',
  rows: [
    {
      title: 'Live',
      panels: [
        lines({
          title: 'To the recipient’s gateway',
          description:
            'From the time of an update to when it came live to a gateway of its user. Promised: 1 s for 99 of 100.',
          unit: 's',
          width: 8,
          min: 0,
          thresholds: [{ from: 1, colour: 'orange' }],
          queries: p50AndP99('odnix.gateway.delivery.duration.seconds'),
        }),
        lines({
          title: 'To the user’s log',
          description:
            'From the time of an event to when its entries were stored by a timeline: the first half of that way.',
          unit: 's',
          width: 8,
          min: 0,
          thresholds: [{ from: 1, colour: 'orange' }],
          queries: p50AndP99('odnix.timeline.delay.seconds'),
        }),
        lines({
          title: 'Updates to sessions',
          description:
            'Live: as they were announced. Log: read from the log, by who catches up or had a hole.',
          unit: 'ops',
          width: 8,
          min: 0,
          queries: [{ expr: sum(rate(of('odnix.gateway.updates.pushed')), 'source'), legend: '{{source}}' }],
        }),
        lines({
          title: 'Holes in announcements',
          description:
            'Found: by what came next, or by a look at the log. Mended: updates read from the log instead. Devices get everything either way, later.',
          unit: 'ops',
          width: 8,
          min: 0,
          queries: [
            { expr: sum(rate(of('odnix.gateway.announcements.lost')), 'log'), legend: 'found, {{log}}' },
            { expr: sum(rate(of('odnix.gateway.announcements.repaired')), 'log'), legend: 'mended, {{log}}' },
          ],
        }),
        lines({
          title: 'Sessions that gave way',
          description:
            'Taken off live push because they do not read, or were announced a hole; they go on from the log.',
          unit: 'ops',
          width: 8,
          min: 0,
          queries: [{ expr: sum(rate(of('odnix.gateway.sessions.slow')), 'reason'), legend: '{{reason}}' }],
        }),
        lines({
          title: 'Announcements',
          description: 'By timelines. Again: by a writer that takes over from one that died.',
          unit: 'ops',
          width: 8,
          min: 0,
          queries: [{ expr: sum(rate(of('odnix.timeline.announcements')), 'kind'), legend: '{{kind}}' }],
        }),
      ],
    },
    {
      title: 'Catching up',
      panels: [
        lines({
          title: 'How sessions begin',
          description:
            'New: without a token. Current: nothing was missed. Behind: from their token. Too long: sent to take a snapshot.',
          unit: 'ops',
          width: 8,
          min: 0,
          stacked: true,
          queries: [{ expr: sum(rate(of('odnix.replay.begun')), 'how'), legend: '{{how}}' }],
        }),
        lines({
          title: 'A slice of a log',
          description:
            'How long its reading takes, waiting for its turn included. Promised: 1 s for 99 of 100.',
          unit: 's',
          width: 8,
          min: 0,
          thresholds: [{ from: 1, colour: 'orange' }],
          queries: ([0.5, 0.99] as const).map((part) => ({
            expr: quantile(part, 'odnix.replay.duration.seconds', '', 'source'),
            legend: `{{source}} p${part * 100}`,
          })),
        }),
        lines({
          title: 'Slices waiting for their turn',
          description: 'Many for long: more devices come back than can be read for at once.',
          unit: 'short',
          width: 8,
          min: 0,
          queries: [{ expr: sum(of('odnix.replay.waiting'), 'source'), legend: '{{source}}' }],
        }),
        lines({
          title: 'Slices',
          description: 'Read for clients: from the streams, or deep ones from the read model.',
          unit: 'ops',
          width: 8,
          min: 0,
          queries: [{ expr: sum(rate(of('odnix.replay.slices')), 'source'), legend: '{{source}}' }],
        }),
        lines({
          title: 'Updates in slices',
          description: 'How much of logs is read for clients.',
          unit: 'ops',
          width: 8,
          min: 0,
          queries: [{ expr: sum(rate(of('odnix.replay.updates')), 'source'), legend: '{{source}}' }],
        }),
        lines({
          title: 'Logs behind their sources',
          description:
            'By the stream of users’ logs: since the store wrote the first message that is not in it. Up to 5 s are no lag.',
          unit: 's',
          width: 8,
          min: 0,
          thresholds: [{ from: 15, colour: 'red' }],
          queries: [{ expr: `max by (log) (${of('odnix.user_log.lag.seconds')})`, legend: '{{log}}' }],
        }),
      ],
    },
  ],
};
