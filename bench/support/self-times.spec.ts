import { expect, it } from 'vitest';
import { selfTimes } from './self-times.js';

const node = (id: number, functionName: string, url = '', lineNumber = 0) => ({
  id,
  callFrame: { functionName, url, lineNumber },
});

it('adds up the time of a function over all places it was called from, largest first, idle time and the profiler’s own left out', () => {
  const profile = {
    nodes: [
      node(1, '(idle)'),
      node(6, 'post', 'node:inspector', 114),
      node(2, 'decode', 'file:///x/dist/streams/decision-codec.js', 9),
      node(3, 'decode', 'file:///x/dist/streams/decision-codec.js', 9),
      node(4, '(garbage collector)'),
      node(5, '', 'file:///x/node_modules/ws/lib/sender.js', 1),
    ],
    samples: [1, 2, 3, 4, 5, 1, 6],
    timeDeltas: [50_000, 3_000, 2_000, 4_000, 1_000, 90_000, 70_000],
  };
  expect(selfTimes(JSON.stringify(profile))).toEqual([
    { what: 'decode streams/decision-codec.js:10', share: 0.5, ms: 5 },
    { what: '(garbage collector)', share: 0.4, ms: 4 },
    { what: '(anonymous) ws/lib/sender.js:2', share: 0.1, ms: 1 },
  ]);
});
