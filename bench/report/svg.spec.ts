import { describe, expect, it } from 'vitest';
import { scale, svgOf } from './svg.js';

describe('plots', () => {
  it('have round numbers at their axes, around what is shown', () => {
    expect(scale(0, 93).ticks).toEqual([0, 20, 40, 60, 80, 100]);
    expect(scale(0, 1).ticks).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1].map((one) => expect.closeTo(one)));
    expect(scale(0, 30_001).to).toBeGreaterThan(30_001);
  });

  it('show each line with its name, and leave out what is no number', () => {
    const svg = svgOf({
      name: 'p',
      title: 'Memory <all>',
      x: 'minutes',
      y: 'MB',
      lines: [
        {
          name: 'heap & more',
          points: [
            [0, 1],
            [1, Number.NaN],
            [2, 3],
          ],
        },
        { name: 'none', points: [] },
      ],
    });
    expect(svg).toContain('Memory &lt;all&gt;');
    expect(svg).toContain('heap &amp; more');
    expect(svg).not.toContain('NaN');
    expect(svg.match(/<polyline/g)).toHaveLength(2);
  });
});
