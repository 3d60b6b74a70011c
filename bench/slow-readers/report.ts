/** The figures for people, as Markdown. */
import type { Phase, SlowReadersFigures } from './figures.js';

const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;

export function slowReadersReport(figures: SlowReadersFigures): string {
  const { devices, floor, alone, beside, filling, afterwards } = figures;
  const head = ['', 'announced to arrived (p50 / p99 / max, ms)', 'updates', 'CPU, s', 'RSS at most, MB'];
  const of = (name: string, { latency, usage }: Phase) =>
    row([name, `${latency}`, latency.count, usage.cpu_s.toFixed(1), usage.rss_max_mb.toFixed(0)]);
  const closed = Object.entries(afterwards.closed).map(([code, count]) => `${count} sent away with ${code}`);
  return [
    `## ${devices} devices that read, a small update a second each`,
    [
      row(head),
      row(head.map(() => '---')),
      of('bare WebSocket server', floor),
      of('gateway, alone', alone),
      of(`gateway, beside ${devices} that do not read`, beside),
    ].join('\n'),
    `Ratio of the p99 beside to alone: ${(beside.latency.ms(0.99) / alone.latency.ms(0.99)).toFixed(2)}.`,
    `The gateway while the others' sockets were filled: RSS ${filling.rss_before_mb.toFixed(0)} MB before, ` +
      `${filling.rss_max_mb.toFixed(0)} MB at most, CPU ${filling.cpu_s.toFixed(1)} s.`,
    `Of those who did not read, once they did: ${[`${afterwards.complete} had everything`, ...closed].join(', ')}.`,
  ].join('\n\n');
}
