import { describe, expect, it } from 'vitest';
import { Durations } from '../support/percentiles.js';
import { figuresOf, partOf, together } from './drivers.js';
import type { Crowd, Sent } from './orders.js';

const lasting = (...all: number[]): string => {
  const durations = new Durations();
  for (const ms of all) durations.add(ms);
  return durations.encoded();
};

const sent = (more: Partial<Sent>): Sent => {
  const none = lasting();
  const counts = { in_time: 0, seconds: 1, messages: 0, deliveries: 0, lost: 0, refused: {} };
  return { ...counts, tick: none, screen: none, last: none, ...more };
};

describe('drivers', () => {
  it('add up what several processes found at once', () => {
    const all = [
      sent({ in_time: 100, seconds: 2, refused: { BUSY: 1 }, screen: lasting(1, 2) }),
      sent({ in_time: 50, seconds: 2.5, refused: { BUSY: 2, TOO_LATE: 1 }, screen: lasting(9) }),
    ];
    const figures = figuresOf(together(all, 'at once'));
    expect([figures.per_s, figures.refused]).toEqual([60, { BUSY: 3, TOO_LATE: 1 }]);
    expect([figures.screen.count, figures.screen.ms(1)]).toEqual([3, expect.closeTo(9, 1)]);
  });

  it('count the time of rounds in turn together', () => {
    const rounds = [sent({ in_time: 100, seconds: 2 }), sent({ in_time: 300, seconds: 2 })];
    expect(figuresOf(together(rounds, 'in turn')).per_s).toBe(100);
  });

  it('deal out rooms with the sockets of their own members alone', () => {
    const sockets = ['a', 'b', 'c', 'd', 'e'].map((token) => ({ url: 'u', token }));
    const rooms = [
      { chatId: '0', members: [0, 1], senders: [0] },
      { chatId: '1', members: [2, 3], senders: [3] },
      { chatId: '2', members: [4, 1], senders: [4, 1] },
    ];
    const crowd: Crowd = { to: 'odnix', sockets, rooms };
    expect(partOf(crowd, 0, 2)).toEqual({
      to: 'odnix',
      sockets: ['a', 'b', 'e'].map((token) => ({ url: 'u', token })),
      rooms: [
        { chatId: '0', members: [0, 1], senders: [0] },
        { chatId: '2', members: [2, 1], senders: [2, 1] },
      ],
    });
    expect(partOf(crowd, 1, 2).rooms).toEqual([{ chatId: '1', members: [0, 1], senders: [1] }]);
  });
});
