/** Clients at the gateways: who is connected, what they are sent, who does not read, who is refused. */
import { lines, of, p50AndP99, rate, stat, sum, type Dashboard, orNone } from './dashboard.js';

export const gateway: Dashboard = {
  uid: 'odnix-gateway',
  title: 'Odnix: gateway',
  description:
    'Clients at the gateways: who is connected, what they are sent, who does not read, who is refused.',
  rows: [
    {
      title: 'Connections',
      panels: [
        lines({
          title: 'Sessions by gateway',
          description: 'One that has many more than the others: the balancer is not balancing.',
          unit: 'short',
          width: 8,
          min: 0,
          queries: [{ expr: sum(of('odnix.gateway.sessions'), 'instance'), legend: '{{instance}}' }],
        }),
        lines({
          title: 'Opened and closed',
          description:
            'Sessions, with the reason why they ended. Many that missed heartbeats: a network is away.',
          unit: 'ops',
          width: 8,
          min: 0,
          queries: [
            { expr: sum(rate(of('odnix.gateway.sessions.opened'))), legend: 'opened' },
            { expr: sum(rate(of('odnix.gateway.sessions.closed')), 'reason'), legend: 'closed: {{reason}}' },
          ],
        }),
        lines({
          title: 'Sockets',
          description:
            'WebSocket connections, with a session or without. Far more than sessions: somebody holds them empty.',
          unit: 'short',
          width: 8,
          min: 0,
          queries: [
            { expr: sum(of('odnix.gateway.sockets')), legend: 'sockets' },
            { expr: sum(of('odnix.gateway.sessions', 'transport="websocket"')), legend: 'with a session' },
          ],
        }),
      ],
    },
    {
      title: 'Traffic',
      panels: [
        lines({
          title: 'Frames',
          description: 'From clients, and frames and events to them.',
          unit: 'ops',
          width: 8,
          min: 0,
          queries: [
            { expr: sum(rate(of('odnix.gateway.frames.received'))), legend: 'in' },
            { expr: sum(rate(of('odnix.gateway.frames.sent')), 'transport'), legend: 'out: {{transport}}' },
          ],
        }),
        lines({
          title: 'Bytes',
          description: 'Before compression and TLS.',
          unit: 'Bps',
          width: 8,
          min: 0,
          queries: [
            { expr: sum(rate(of('odnix.gateway.received.bytes'))), legend: 'in' },
            { expr: sum(rate(of('odnix.gateway.sent.bytes'))), legend: 'out' },
          ],
        }),
        lines({
          title: 'A request',
          description: 'From its frame to its answer.',
          unit: 's',
          width: 8,
          min: 0,
          thresholds: [{ from: 0.5, colour: 'orange' }],
          queries: p50AndP99('odnix.request.duration.seconds'),
        }),
      ],
    },
    {
      title: 'Clients that do not read',
      panels: [
        lines({
          title: 'Waiting for clients',
          description: 'Bytes in the gateways’ memory for clients that do not read.',
          unit: 'bytes',
          width: 8,
          min: 0,
          queries: [{ expr: of('odnix.gateway.buffered.bytes'), legend: '{{instance}}' }],
        }),
        lines({
          title: 'What one client may have waiting',
          description: 'It shrinks as all together come near their bound.',
          unit: 'bytes',
          width: 8,
          min: 0,
          queries: [{ expr: of('odnix.gateway.buffer.share.bytes'), legend: '{{instance}}' }],
        }),
        lines({
          title: 'Sessions giving way, reads paused',
          description:
            'Taken off live push; and clients not read from, because they do not read their answers.',
          unit: 'ops',
          width: 8,
          min: 0,
          queries: [
            { expr: sum(rate(of('odnix.gateway.sessions.slow')), 'reason'), legend: 'gave way: {{reason}}' },
            { expr: sum(rate(of('odnix.gateway.reads.paused'))), legend: 'not read from' },
          ],
        }),
      ],
    },
    {
      title: 'Who is there, who is refused',
      panels: [
        stat({
          title: 'Gateways alive',
          description: 'As the gateway sees it that sees the fewest.',
          unit: 'short',
          width: 4,
          queries: [{ expr: `min(${of('odnix.gateway.presence.gateways')})`, legend: 'alive' }],
        }),
        stat({
          title: 'Users watched',
          description: 'Whose presence somebody looks at.',
          unit: 'short',
          width: 4,
          queries: [{ expr: sum(of('odnix.gateway.presence.watched')), legend: 'watched' }],
        }),
        lines({
          title: 'Typing and presence',
          description: 'Handed to sessions, and dropped where a session had no room.',
          unit: 'ops',
          width: 8,
          min: 0,
          queries: [
            { expr: sum(rate(of('odnix.gateway.ephemera.pushed')), 'kind'), legend: '{{kind}}' },
            { expr: sum(rate(of('odnix.gateway.ephemera.dropped')), 'kind'), legend: '{{kind}} dropped' },
          ],
        }),
        lines({
          title: 'Refused',
          description: 'Requests answered with an error, by its code.',
          unit: 'ops',
          width: 8,
          min: 0,
          queries: [{ expr: sum(rate(of('odnix.request.refusals')), 'code'), legend: '{{code}}' }],
        }),
        lines({
          title: 'Over a limit',
          description:
            'By the limit (docs/limits.md), and connections that were not let in, by the error code.',
          unit: 'ops',
          width: 8,
          min: 0,
          queries: [
            {
              expr: orNone(sum(rate(of('odnix.rate_limit.refusals')), 'limit'), 'limit'),
              legend: '{{limit}}',
            },
            {
              expr: orNone(sum(rate(of('odnix.gateway.upgrades.refused')), 'code'), 'code'),
              legend: 'upgrade: {{code}}',
            },
          ],
        }),
        lines({
          title: 'Signing in',
          description: 'Steps, by what became of them.',
          unit: 'ops',
          width: 8,
          min: 0,
          queries: [
            {
              expr: sum(rate(of('odnix.sign_in.attempts')), 'step', 'outcome'),
              legend: '{{step}} {{outcome}}',
            },
          ],
        }),
        lines({
          title: 'Signed-out devices shut out',
          description:
            'Sessions ended because their device was signed out: told at once, or found by the look every minute.',
          unit: 'ops',
          width: 8,
          min: 0,
          queries: [{ expr: sum(rate(of('odnix.gateway.revocations')), 'found'), legend: '{{found}}' }],
        }),
      ],
    },
  ],
};
