/** A plot as SVG: lines over two axes, readable on light and dark ground. */
import type { Plot } from '../support/outcome.js';

const width = 760;
const height = 360;
const margin = { left: 70, right: 20, top: 40, bottom: 50 } as const;
const legend_row = 18;
const legend_columns = 3;
const ticks_about = 5;
const colours = ['#3b6fd4', '#d9822b', '#2e9e5b', '#c0392b', '#8e5bd0', '#17949c', '#a0722a', '#7f8c8d'];

export function svgOf({ title, x, y, lines }: Plot): string {
  const points = lines
    .flatMap((line) => line.points)
    .filter(([px, py]) => Number.isFinite(px) && Number.isFinite(py));
  const along = points.length === 0 ? [0, 1] : points.map(([px]) => px);
  const xs = scale(Math.min(...along), Math.max(...along));
  const ys = scale(0, Math.max(1, ...points.map(([, py]) => py)));
  const inner = { width: width - margin.left - margin.right, height: height - margin.top - margin.bottom };
  const px = (value: number) => margin.left + ((value - xs.from) / (xs.to - xs.from)) * inner.width;
  const py = (value: number) =>
    margin.top + inner.height - ((value - ys.from) / (ys.to - ys.from)) * inner.height;
  const whole = height + Math.ceil(lines.length / legend_columns) * legend_row;
  const drawn = lines.map(({ points: own }, index) => {
    const path = own
      .filter(([, value]) => Number.isFinite(value))
      .map(([at, value]) => `${round(px(at))},${round(py(value))}`);
    return `<polyline fill="none" stroke="${colourOf(index)}" stroke-width="1.5" points="${path.join(' ')}"/>`;
  });
  const told = lines.map(({ name }, index) => {
    const left = margin.left + (index % legend_columns) * (inner.width / legend_columns);
    const top = height + Math.floor(index / legend_columns) * legend_row;
    return `<rect x="${round(left)}" y="${top - 9}" width="10" height="10" fill="${colourOf(index)}"/>${text(left + 15, top, name)}`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${whole}" viewBox="0 0 ${width} ${whole}" ` +
      'font-family="sans-serif" font-size="12" fill="#777">',
    text(margin.left, 20, title, 'font-size="14"'),
    ...xs.ticks.map((tick) => text(px(tick), height - 30, shownTick(tick), 'text-anchor="middle"')),
    ...ys.ticks.flatMap((tick) => [
      `<line x1="${margin.left}" x2="${width - margin.right}" y1="${round(py(tick))}" y2="${round(py(tick))}" stroke="#999" stroke-opacity="0.3"/>`,
      text(margin.left - 6, py(tick) + 4, shownTick(tick), 'text-anchor="end"'),
    ]),
    text(margin.left + inner.width / 2, height - 12, x, 'text-anchor="middle"'),
    text(margin.left - 60, margin.top - 8, y),
    ...drawn,
    ...told,
    '</svg>',
    '',
  ].join('\n');
}

interface Scale {
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly number[];
}

/** Round numbers from below the least to above the most. */
export function scale(least: number, most: number): Scale {
  const rough = (most - least || 1) / ticks_about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((times) => times * power).find((one) => one >= rough)!;
  const from = Math.floor(least / step) * step;
  const to = Math.ceil(most / step) * step;
  const count = Math.round((to - from) / step);
  return { from, to, ticks: Array.from({ length: count + 1 }, (_, index) => from + index * step) };
}

const colourOf = (index: number): string => colours[index % colours.length]!;
const round = (value: number): string => value.toFixed(1);
const shownTick = (value: number): string => value.toLocaleString('en', { maximumSignificantDigits: 6 });
const escaped = (plain: string): string =>
  plain.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const text = (x: number, y: number, plain: string, more = ''): string =>
  `<text x="${round(x)}" y="${round(y)}"${more === '' ? '' : ` ${more}`}>${escaped(plain)}</text>`;
