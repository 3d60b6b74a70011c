import { expect, test } from 'vitest';
import type { ShownMessage } from '#client/shown-message.js';
import { noColours, plainLook, terminalColours, type Look } from './look.js';
import { messageRows, type NamedAnswer } from './message-rows.js';
import { clock } from './moments.js';
import { widthOf } from './text-width.js';

const date_ms = 1_795_000_000_000;
const at = clock(date_ms);

function message(more: Partial<ShownMessage> = {}): ShownMessage {
  return {
    chat_id: 'chat',
    client_msg_id: 'id',
    seq: 12,
    sender_id: '0198c5a0-0000-7000-8000-00000000000b',
    date_ms,
    content: { type: 'text', text: 'hello Bob' },
    mentions_me: false,
    is_edited: false,
    is_deleted: false,
    reactions: [],
    tick: null,
    is_changing: false,
    ...more,
  };
}

const named = (more: Partial<ShownMessage> = {}, names: Partial<NamedAnswer> = {}): NamedAnswer => ({
  message: message(more),
  sender: 'Ann',
  people: [],
  ...names,
});
const wide: Look = { columns: 79, colours: noColours };
const narrow: Look = { columns: 30, colours: noColours };

test('a message is one line in a pipe, with all that is known of it', () => {
  const reactions = [{ emoji: '👍', count: 2 }];
  const rows = messageRows(
    named({ is_edited: true, reactions, tick: 'delivered' }, { sender: 'you' }),
    plainLook,
  );
  expect(rows).toEqual([`#12 ${at} you: hello Bob  (edited)  👍2  ✓✓`]);
});

test.for([
  ['pending', '·'],
  ['sent', '✓'],
  ['delivered', '✓✓'],
  ['read', '✓✓ read'],
  ['failed', '✗ not sent'],
] as const)('without colours, %s is %s', ([tick, mark]) => {
  const [row] = messageRows(named({ tick }), plainLook);
  expect(row).toBe(`#12 ${at} Ann: hello Bob  ${mark}`);
});

test('with colours, read is blue and bold, and takes no word', () => {
  const [row] = messageRows(named({ tick: 'read' }), { columns: 79, colours: terminalColours });
  expect(row?.endsWith('hello Bob  \u001b[1m\u001b[34m✓✓\u001b[39m\u001b[22m')).toBe(true);
});

test('what waits to be sent has no number yet', () => {
  expect(messageRows(named({ seq: null, tick: 'pending' }), plainLook)).toEqual([
    `#· ${at} Ann: hello Bob  ·`,
  ]);
});

test('an answer shows what it answers, cut where it is long', () => {
  const answered = message({ seq: 3, content: { type: 'text', text: 'a question '.repeat(20) } });
  const repliedTo = { message: answered, sender: 'Bob', people: [] };
  const [quote, row] = messageRows(named({ reply_to_seq: 3 }, { repliedTo }), wide);
  expect(quote).toMatch(/^ {11}╭ #3 Bob: a question a question .*…$/);
  expect(row).toBe(`#12  ${at} Ann: hello Bob`);
  expect(messageRows(named({ reply_to_seq: 3 }), plainLook)[0]).toBe('          ╭ #3');
});

test('a deleted message says so, and nothing else', () => {
  const { content: _content, ...deleted } = message({ is_deleted: true, reply_to_seq: 3 });
  expect(messageRows({ ...named(), message: deleted }, plainLook)).toEqual([`#12 ${at} Ann: (deleted)`]);
});

test.for([
  ['created', [], '“Our trip”', 'Ann began the group “Our trip”'],
  ['joined', ['Bob', 'Cleo'], undefined, 'Ann added Bob, Cleo'],
  ['left', [], undefined, 'Ann left'],
  ['removed', ['Bob'], undefined, 'Ann removed Bob'],
] as const)('a group that tells of itself, %s, makes a sentence', ([kind, people, title, sentence]) => {
  const event = { kind, ...(title === undefined ? {} : { title: title.slice(1, -1) }) };
  const rows = messageRows(named({ content: { type: 'service', event } }, { people }), plainLook);
  expect(rows).toEqual([`#12 ${at} ${sentence}`]);
});

test.for([
  ['wide', wide],
  ['narrow', narrow],
] as const)('rows keep within a %s screen, whatever names and texts are like', ([, look]) => {
  const text = '非常に長いメッセージ '.repeat(8) + 'x'.repeat(200) + ' 👩‍👩‍👧'.repeat(20);
  const sender = '名前'.repeat(40);
  const repliedTo = { message: message({ content: { type: 'text', text } }), sender, people: [] };
  const rows = messageRows(
    named({ content: { type: 'text', text }, reply_to_seq: 1 }, { sender, repliedTo }),
    look,
  );
  for (const row of rows) expect(widthOf(row)).toBeLessThanOrEqual(look.columns);
});
