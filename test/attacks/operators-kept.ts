/** What operators do and jobs fail at, with words in it that are not to be kept, and everything that is kept of it. */
import { IsString } from 'class-validator';
import { expect } from 'vitest';
import { openDatabase } from '#db/database.js';
import { defineJob } from '#jobs/define-job.js';
import { decodeDeadLetter } from '#jobs/job-message.js';
import { enqueue } from '#jobs/enqueue.js';
import { startJobRunner } from '#jobs/job-runner.js';
import { WorkStream } from '#jobs/work-stream.js';
import { DirectGet } from '#streams/direct-get.js';
import type { StoredMessage } from '#streams/stored-message.js';
import { deadSubject } from '#streams/subjects.js';
import { AdminTokens } from '../../apps/admin/tokens/admin-tokens.js';
import type { Besieged } from './besieged.js';
import { canary } from './planted.js';

class Payload {
  @IsString()
  word!: string;
}
const kind = 'redaction';
const answers: string[] = [];

/** Name → word. */
export async function operatorsDo(besieged: Besieged): Promise<Record<string, string>> {
  const words = { 'a payload': canary(), 'a job’s error': canary(), ...(await atTheAdminApi(besieged)) };
  const { nc } = besieged;
  const job = defineJob({
    kind,
    payload: Payload,
    attempts_max: 2,
    backOff: { first_ms: 100, ms_max: 100 },
    run: () => Promise.reject(new Error(words['a job’s error'])),
  });
  const payload = { word: words['a payload'] };
  await enqueue(nc, job, { key: 'now', payload });
  await enqueue(nc, job, { key: 'later', payload, notBeforeMs: Date.now() + 3_600_000 });
  const runner = startJobRunner(nc, [job]);
  const letter = () => new WorkStream(nc).last(deadSubject(kind, 'now'));
  await expect.poll(letter).not.toBeNull();
  await runner.stop();
  return words;
}

async function atTheAdminApi({ odnix, servers }: Besieged): Promise<Record<string, string>> {
  const url = /the admin API is at (\S+)/.exec(odnix.output())![1]!;
  const database = {
    url: servers.databaseUrl,
    application: 'test',
    connections_max: 1,
    statement_ms_max: 9_000,
  };
  const db = openDatabase(database);
  const { token } = await new AdminTokens(db).create('olga', 'operator', 3_600_000);
  await db.destroy();
  const ask = async (operation: string, params: object, authorization = `Bearer ${token}`) => {
    const response = await fetch(`${url}/admin/v1/${operation}`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ reason: 'a test', ...params }),
    });
    return response.text();
  };
  const names = ['a path', 'an unknown field', 'a role', 'a wrong token', 'a token to be revoked', 'an id'];
  const words = Object.fromEntries(names.map((name) => [`${name} at the admin API`, canary()]));
  const word = (name: string) => words[`${name} at the admin API`]!;
  await ask(word('a path'), {});
  await ask('actions/list', { [word('an unknown field')]: word('an unknown field') });
  await ask('actions/list', {}, `Bearer ${word('a wrong token')}`);
  await ask('tokens/create', { name: 'ann', role: word('a role') });
  await ask('tokens/revoke', { id: word('a token to be revoked') });
  await ask('devices/list', { user: word('an id') });
  const made = JSON.parse(await ask('tokens/create', { name: 'ann', role: 'auditor' })) as { token: string };
  answers.push(await ask('actions/list', {}), await ask('dead-letters/list', {}));
  return { ...words, 'a made token': made.token, 'an operator’s token': token };
}

/** Every message of ADMIN and WORK with its subject and headers, but for what jobs themselves carry; and what the admin API shows of it. */
export async function operatorsKept({ nc }: Besieged): Promise<string[]> {
  const kept = [...answers];
  const direct = new DirectGet(nc);
  for (const stream of ['ADMIN', 'WORK'])
    for (
      let from = 1, message;
      (message = await direct.firstFrom(stream, '>', from));
      from = message.sequence + 1
    )
      kept.push(asKept(message));
  return kept;
}

function asKept({ subject, headers, data }: StoredMessage): string {
  const text = Buffer.from(data).toString();
  const [root] = subject.split('.');
  const facts = `${subject} ${JSON.stringify([...headers])}`;
  if (root === 'dead') return `${facts} ${JSON.stringify({ ...decodeDeadLetter(data), message: null })}`;
  return root === 'admin' ? `${facts} ${text}` : facts;
}
