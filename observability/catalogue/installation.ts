/**
 * What the admin process tells of the whole installation, from the streams and tables themselves: so it is true also while the
 * process is dead that it is about. It looks every ten seconds; what is older than a minute is not told any more, and
 * `odnix.installation.look.age.seconds` says how old the last look is.
 */
import { entries } from './metric.js';

const apps = ['admin'] as const;
const counter = { kind: 'counter', unit: '', apps } as const;
const gauge = { kind: 'gauge', unit: '', apps } as const;

export const installationMetrics = entries({
  'odnix.installation.look.age.seconds': {
    ...gauge,
    unit: 'seconds',
    does: 'Since the last look that succeeded: what follows is as old',
    labels: {},
  },
  'odnix.read_model.lag.messages': {
    ...gauge,
    does: 'Messages of a stream that a build of a read model has not folded',
    labels: { read_model: 'a read model', stream: 'a stream' },
    runbook: 'projector-waits.md',
  },
  'odnix.read_model.lag.seconds': {
    ...gauge,
    unit: 'seconds',
    does: 'Since the store wrote the first message that a build of a read model has not folded; 0 when it has all',
    labels: { read_model: 'a read model', stream: 'a stream' },
    runbook: 'projector-waits.md',
  },
  'odnix.read_model.held.streams': {
    ...gauge,
    does: 'Streams of a build that are not folded: stopped by what cannot be folded, or paused by an operator',
    labels: { read_model: 'a read model', reason: ['stopped', 'paused'] },
    runbook: 'projector-stopped.md',
  },
  'odnix.user_log.lag.messages': {
    ...gauge,
    does: 'Messages that are not in a stream of users’ logs yet, of the source that it is furthest behind',
    labels: { log: 'a stream', family: ['CHAT', 'RECEIPT', 'ACCOUNT'] },
    runbook: 'timeline-stopped.md',
  },
  'odnix.user_log.lag.seconds': {
    ...gauge,
    unit: 'seconds',
    does: 'Since the store wrote the first message that is not in a stream of users’ logs yet; up to 5 s are no lag',
    labels: { log: 'a stream', family: ['CHAT', 'RECEIPT', 'ACCOUNT'] },
    runbook: 'timeline-stopped.md',
  },
  'odnix.user_log.unwritten.streams': {
    ...gauge,
    does: 'Streams of users’ logs that nobody writes',
    labels: {},
    runbook: 'timeline-stopped.md',
  },
  'odnix.command.unserved.ranges': { ...gauge, does: 'Ranges whose commands nobody serves', labels: {} },
  'odnix.streams.missing': { ...gauge, does: 'Streams that are not there, or have no leader', labels: {} },
  'odnix.jobs.waiting': {
    ...gauge,
    does: 'Jobs in the store: due, for later (retries among them), or given up',
    labels: { queue: ['due', 'later', 'dead'], kind: 'a kind of job' },
    runbook: 'work-backlog.md',
  },
  'odnix.jobs.oldest.seconds': {
    ...gauge,
    unit: 'seconds',
    does: 'Since the oldest job that is due came; 0 when none is',
    labels: {},
    runbook: 'work-backlog.md',
  },
  'odnix.jobs.attempts': {
    kind: 'counter',
    unit: '',
    apps: [],
    does: 'Attempts at jobs by what became of them, where jobs are run',
    labels: { kind: 'a kind of job', outcome: ['done', 'again', 'dead'] },
    runbook: 'job-dead-lettered.md',
  },
  'odnix.drift.samples': {
    ...counter,
    does: 'Chats and people whose read models were compared with the streams',
    labels: { kind: ['chat', 'user'] },
  },
  'odnix.drift.differences': {
    ...counter,
    does: 'Rows of read models that are not what the streams say, and damage of the streams',
    labels: { kind: ['chat', 'user'] },
  },
  'odnix.erasure.sweeps': {
    ...counter,
    does: 'Erasure sweeps of this process, by what became of them',
    labels: { outcome: ['done', 'failed'] },
  },
  'odnix.erasure.decisions': { ...counter, does: 'Decisions erased by sweeps of this process', labels: {} },
  'odnix.erasure.backlog': {
    ...gauge,
    does: 'What the last sweep of this process had to leave to the next',
    labels: {},
  },
  'odnix.erasure.age.seconds': {
    ...gauge,
    unit: 'seconds',
    does: 'Since the last erasure sweep that left nothing waiting began; absent before the first',
    labels: {},
  },
  'odnix.dead_letter.expiries': {
    ...counter,
    does: 'Hourly looks at dead letters beyond their bound, by what became of them',
    labels: { outcome: ['done', 'failed'] },
  },
  'odnix.backup.age.seconds': {
    ...gauge,
    unit: 'seconds',
    does: 'Since the last backup ended well; absent before the first',
    labels: {},
  },
  'odnix.admin.operations': {
    ...counter,
    does: 'Operations that were asked for at the admin API, by what became of them',
    labels: { operation: 'an operation', outcome: ['done', 'refused', 'failed'] },
  },
});
