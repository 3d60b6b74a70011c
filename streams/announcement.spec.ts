import { expect, it } from 'vitest';
import { readAnnouncement } from './announcement.js';

const item = (pts: number) => ({
  pts,
  date_ms: 1,
  sequence: 9,
  hash: 'h',
  source: { stream: 'CHAT_0', sequence: 3 },
  update: { type: 'chat.removed', chat_id: 'c', chat_pts: 1 },
});

it('reads what the timeline tells', () => {
  const announcement = { prev_pts: 4, items: [item(5), item(6)] };
  expect(readAnnouncement(JSON.stringify(announcement))).toEqual(announcement);
});

// Each condition but the one on arrays (without which it throws, and is caught) was taken out once, and one of these got through.
it.each([
  '',
  'no JSON',
  'null',
  '[]',
  '{"format":1,"decision_id":"a stored decision"}',
  '{"items":[]}',
  '{"prev_pts":"4","items":[]}',
  '{"prev_pts":4,"items":{}}',
  '{"prev_pts":4,"items":[null]}',
  JSON.stringify({ prev_pts: 4, items: [item(5), item(7)] }),
  JSON.stringify({ prev_pts: 4, items: [{ ...item(5), hash: 1 }] }),
  JSON.stringify({ prev_pts: 4, items: [{ ...item(5), source: null }] }),
  JSON.stringify({ prev_pts: 4, items: [{ ...item(5), update: 'text' }] }),
])('takes nothing else for one: %s', (text) => {
  expect(readAnnouncement(text)).toBeNull();
});
