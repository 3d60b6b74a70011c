/** What `all` runs, in this order: each a command of its own, with how it is run in a hurry, to see whether it runs. */

export interface Run {
  /** Of its file. */
  readonly name: string;
  readonly title: string;
  readonly args: readonly string[];
  readonly quick: readonly string[];
}

const briefly = ['--seconds', '1'];
const strict = ['--durability', 'strict'];
const replicated = ['--durability', 'replicated'];
const fewRows = ['--messages', '20000', '--rounds', '10'];
const few = ['--pairs', '10', ...briefly];
const small = ['--members', '40', '--groups', '1', ...briefly];

export const runs: readonly Run[] = [
  { name: 'direct-strict', title: 'Pairs, every write synced', args: ['direct', ...strict], quick: few },
  {
    name: 'direct-replicated',
    title: 'Pairs, writes not synced',
    args: ['direct', ...replicated],
    quick: few,
  },
  {
    name: 'direct-cluster',
    title: 'Pairs, three NATS nodes and two of most apps',
    args: ['direct', '--layout', 'cluster', ...replicated],
    quick: few,
  },
  {
    name: 'direct-apps',
    title: 'Pairs, a process an app',
    args: ['direct', '--layout', 'apps', ...replicated],
    quick: few,
  },
  { name: 'group-strict', title: 'Groups, every write synced', args: ['group', ...strict], quick: small },
  {
    name: 'group-replicated',
    title: 'Groups, writes not synced',
    args: ['group', ...replicated],
    quick: small,
  },
  {
    name: 'group-apps',
    title: 'Groups, a process an app',
    args: ['group', '--layout', 'apps', '--groups', '1', ...replicated],
    quick: small,
  },
  {
    name: 'hot-chat-strict',
    title: 'One hot chat, every write synced',
    args: ['hot-chat', ...strict],
    quick: ['--senders', '10', ...briefly],
  },
  {
    name: 'hot-chat-replicated',
    title: 'One hot chat, writes not synced',
    args: ['hot-chat', ...replicated],
    quick: ['--senders', '10', ...briefly],
  },
  {
    name: 'idle-10000',
    title: 'Ten thousand idle connections',
    args: ['idle', ...replicated],
    quick: ['--connections', '300', ...briefly],
  },
  {
    name: 'idle-18000',
    title: 'Eighteen thousand idle connections',
    args: ['idle', '--connections', '18000', ...replicated],
    quick: ['--connections', '400', ...briefly],
  },
  {
    name: 'catch-up',
    title: 'Catching up',
    args: ['catch-up'],
    quick: ['--entries', '20000', '--devices', '40', '--only', 'ten-thousand', 'storm'],
  },
  { name: 'snapshot', title: 'A snapshot of 2,000 chats', args: ['snapshot'], quick: fewRows },
  { name: 'history', title: 'Pages of history', args: ['history'], quick: fewRows },
  { name: 'search', title: 'Searching a million messages', args: ['search'], quick: fewRows },
  { name: 'rebuild', title: 'All read models made anew', args: ['rebuild'], quick: ['--messages', '5000'] },
  {
    name: 'mixed',
    title: 'A day in the life',
    args: ['mixed', ...replicated],
    quick: ['--people', '20', '--people-max', '40', '--seconds', '2'],
  },
  {
    name: 'scale',
    title: 'More streams, more processes',
    args: ['scale', ...replicated, '--seconds', '5'],
    quick: few,
  },
  {
    name: 'soak',
    title: 'Half an hour of coming and going',
    args: ['soak', ...replicated],
    quick: ['--minutes', '1', '--people', '20', '--tempo', '5'],
  },
];
