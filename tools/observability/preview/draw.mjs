/** In the browser: lays the panels out as Grafana's grid does, and draws them. `uPlot` comes before this script. */
const { title, from_s, to_s, panels } = JSON.parse(document.getElementById('dashboard').textContent);
const palette = [
  '#73bf69',
  '#f2cc0c',
  '#8ab8ff',
  '#ff9830',
  '#f2495c',
  '#b877d9',
  '#5794f2',
  '#ffa6b0',
  '#fade2a',
  '#96d98d',
  '#c0d8ff',
  '#ca95e5',
];
const colours = { green: '#3e8e41', yellow: '#cca300', orange: '#d9730d', red: '#c4162a' };
const axis = {
  stroke: '#8e8ea0',
  grid: { stroke: '#2a2d33', width: 1 },
  ticks: { show: false },
  font: '11px sans-serif',
};

const element = (name, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};

const scaled = (value, base, suffixes) => {
  let power = 0;
  while (Math.abs(value) >= base && power < suffixes.length - 1) [value, power] = [value / base, power + 1];
  return `${digits(value)}${suffixes[power]}`;
};
const digits = (value) => String(Number(value.toPrecision(3)));
const clock = (at_s) => new Date(at_s * 1_000).toISOString().slice(11, 19).replace(/:00$/, '');
const seconds = (value) => {
  const size = Math.abs(value);
  if (size === 0) return '0 s';
  if (size < 0.001) return `${digits(value * 1e6)} µs`;
  if (size < 1) return `${digits(value * 1e3)} ms`;
  if (size < 120) return `${digits(value)} s`;
  if (size < 7_200) return `${digits(value / 60)} min`;
  return size < 172_800 ? `${digits(value / 3_600)} h` : `${digits(value / 86_400)} d`;
};
const formats = {
  s: seconds,
  bytes: (value) => scaled(value, 1_024, [' B', ' KiB', ' MiB', ' GiB']),
  Bps: (value) => scaled(value, 1_000, [' B/s', ' kB/s', ' MB/s', ' GB/s']),
  percentunit: (value) => `${digits(value * 100)}%`,
  ops: (value) => `${digits(value)} ops/s`,
  reqps: (value) => `${digits(value)} req/s`,
  short: (value) => scaled(value, 1_000, ['', ' K', ' Mil']),
};

const last = (points) => points.findLast(([, value]) => Number.isFinite(value))?.[1] ?? NaN;

const main = element('main');
document.body.append(
  element('h1', {}, title, element('small', {}, 'preview drawn from Prometheus, not by Grafana')),
  main,
);
for (const loaded of panels) main.append(drawn(loaded));
for (const loaded of panels) if (loaded.after) loaded.after();
document.body.dataset.drawn = 'true';

function drawn(loaded) {
  const { panel, lines } = loaded;
  const { x, y, w, h } = panel.gridPos;
  const section = element('section', { className: panel.type });
  section.style.gridArea = `${y + 1} / ${x + 1} / span ${h} / span ${w}`;
  if (panel.type === 'row') return append(section, `⌄ ${panel.title}`);
  section.append(element('h2', { title: panel.description }, panel.title));
  const defaults = panel.fieldConfig.defaults;
  const format = (value) => defaults.mappings[0]?.options[value]?.text ?? formats[defaults.unit](value);
  const isEmpty = !lines.some(({ points }) => points.some(([, value]) => Number.isFinite(value)));
  section.dataset.empty = String(isEmpty);
  if (isEmpty) return append(section, element('div', { className: 'none' }, 'No data'));
  if (panel.type === 'stat') return append(section, stat(lines, defaults, format));
  if (panel.type === 'bargauge') return append(section, bars(lines, defaults, format));
  const plot = element('div', { className: 'plot' });
  section.append(
    element('div', { className: `lines ${panel.options.legend.placement}` }, plot, legend(lines, format)),
  );
  loaded.after = () => draw(plot, lines, defaults, format);
  return section;
}

function append(to, child) {
  to.append(child);
  return to;
}

function colourOf(value, { thresholds }) {
  const step = thresholds.steps.findLast((one) => one.value === null || value >= one.value);
  return colours[step.color];
}

function stat(lines, defaults, format) {
  const value = last(lines[0].points);
  const box = element('div', { className: 'value' }, format(value));
  box.style.background = colourOf(value, defaults);
  return box;
}

function bars(lines, defaults, format) {
  const box = element('div', { className: 'bars' });
  const values = lines.map(({ points }) => last(points));
  const max = defaults.max ?? Math.max(...values, 1);
  lines.forEach(({ name }, index) => {
    const bar = element('b');
    bar.style.cssText = `width: ${(values[index] / max) * 100}%; background: ${colourOf(values[index], defaults)}`;
    box.append(element('span', {}, name), element('i', {}, bar), element('span', {}, format(values[index])));
  });
  return box;
}

function legend(lines, format) {
  const table = element('table', { className: 'legend' });
  table.append(element('tr', {}, element('td', {}, ''), element('th', {}, 'last'), element('th', {}, 'max')));
  lines.forEach(({ name, points }, index) => {
    const mark = element('i');
    mark.style.background = palette[index % palette.length];
    const highest = Math.max(...points.map(([, value]) => value).filter(Number.isFinite));
    const cells = [last(points), highest].map((value) =>
      element('td', {}, Number.isFinite(value) ? format(value) : '–'),
    );
    table.append(element('tr', {}, element('td', {}, mark, name), ...cells));
  });
  return table;
}

function draw(plot, lines, defaults, format) {
  const times = [...new Set(lines.flatMap(({ points }) => points.map(([at]) => at)))].toSorted(
    (a, b) => a - b,
  );
  const rows = lines.map(({ points }) => {
    const known = new Map(points);
    return times.map((at) => (Number.isFinite(known.get(at)) ? known.get(at) : null));
  });
  const isStacked = defaults.custom.stacking.mode === 'normal';
  const drawnRows = isStacked ? stacked(rows) : rows;
  const limits = defaults.thresholds.steps.filter(({ value }) => value !== null);
  const highest = Math.max(...drawnRows.flat().filter((value) => value !== null));
  const top = defaults.max ?? (highest > 0 ? highest * 1.1 : 1);
  new uPlot(
    {
      width: plot.clientWidth,
      height: plot.clientHeight,
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { range: [from_s, to_s] }, y: { range: [defaults.min ?? 0, top] } },
      axes: [
        { ...axis, values: (_, ticks) => ticks.map(clock) },
        { ...axis, size: 72, values: (_, ticks) => ticks.map(format) },
      ],
      series: [
        {},
        ...drawnRows.map((_, index) => ({
          stroke: palette[index % palette.length],
          width: 1,
          fill: `${palette[index % palette.length]}${isStacked ? '4d' : '14'}`,
          points: { show: false },
        })),
      ],
      hooks: { draw: [(chart) => limits.forEach((limit) => dashed(chart, limit))] },
    },
    [times, ...drawnRows],
    plot,
  );
}

/** The last line on top: drawn first, so that those below it are drawn over it. */
function stacked(rows) {
  const sums = [];
  rows.forEach((row, index) =>
    sums.push(row.map((value, at) => (value ?? 0) + (sums[index - 1]?.[at] ?? 0))),
  );
  return sums;
}

function dashed(chart, { value, color }) {
  const y = chart.valToPos(value, 'y', true);
  if (y < chart.bbox.top) return;
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.strokeStyle = colours[color];
  ctx.setLineDash([6, 6]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}
