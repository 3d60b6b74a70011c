/** All read models made anew while people write and read, the projector killed in the middle; beside a plain COPY of the rows. */
import { mkdtempSync, rmSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/nats-core';
import { DirectGet } from '#streams/direct-get.js';
import { UserLog } from '#streams/user-log.js';
import { newPosition } from '#streams/user-stream-message.js';
import { adminContext } from '../../test/support/admin-context.js';
import { rebuildOperation } from '../../apps/admin/projections/rebuild.js';
import { rollbackOperation } from '../../apps/admin/projections/rollback.js';
import { Filler } from '../support/filler.js';
import { Installation } from '../support/installation.js';
import { copyFloor, type CopyFloor } from './copy-floor.js';
import { People } from './people.js';
import type { Written } from '../support/outcome.js';
import { figuresOf, reportOf, type RebuildFigures } from './report.js';

const groups_count = 100;
const group_members = 3;
const pairs_count = 4;
const steady_ms = 15_000;

export interface RebuildBench {
  readonly messages: number;
}

export async function benchRebuild(
  { messages }: RebuildBench,
  say: (line: string) => void,
): Promise<Written> {
  const installation = await Installation.start();
  const directory = mkdtempSync(join(tmpdir(), 'odnix-bench-copy-'));
  try {
    const figures = await measured(installation, messages, directory, say);
    return { markdown: reportOf(figures), figures: figuresOf(figures) };
  } finally {
    await installation.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function measured(
  installation: Installation,
  messages: number,
  directory: string,
  say: (line: string) => void,
): Promise<RebuildFigures> {
  const { nc, db, postgres } = installation;
  const projector = await installation.startApp('projector');
  const filler = await filled(installation, messages);
  say(`${messages} messages, ${filler.userSequence} entries stored and projected`);
  for (const app of ['projector', 'query-handler', 'timeline', 'command-handler'] as const)
    await installation.startApp(app);
  const [api, gateway] = [await installation.startApp('api'), await installation.startApp('gateway')];
  const people = await People.meet(api.url, gateway.url, pairs_count);
  say('people write and read');
  people.take();
  await pause(steady_ms);
  const before = people.take();
  const context = adminContext(nc, { db, url: postgres.url }, { say });
  const rebuilding = rebuildOperation.run(context, {});
  let isOver = false;
  void rebuilding.finally(() => (isOver = true)).catch(() => undefined);
  while (!isOver && (context.told.at(-1)?.done ?? 0) < (context.told.at(-1)?.total ?? 1) / 3) await pause(50);
  say('one of the two projectors is killed');
  await projector.kill();
  await installation.startApp('projector');
  const finished = await rebuilding;
  const during = people.take();
  await pause(steady_ms);
  const after = people.take();
  await people.stop();
  const floors = new Map<string, CopyFloor>();
  for (const build of finished.builds)
    floors.set(build.projection, await copyFloor(db, postgres.url, build, directory));
  const { pause_ms } = await rollbackOperation.run(context, { projection: 'chats' });
  const entries = filler.userSequence;
  return { messages, entries, before, during, after, finished, floors, rollback_ms: pause_ms };
}

async function filled(installation: Installation, messages: number): Promise<Filler> {
  const filler = new Filler(installation.nc);
  const people = Array.from({ length: groups_count }, () =>
    Array.from({ length: group_members }, () => randomUUID()),
  );
  const groups = [];
  for (const members of people) groups.push(await filler.group(members));
  for (let sent = 0; sent < messages; sent++) {
    const at = sent % groups_count;
    await filler.message(groups[at]!, people[at]![sent % group_members]!);
  }
  await filler.flush();
  await timelineGoesOnAfter(installation.nc, filler);
  await installation.projected(filler.userSequence, filler.chatSequence);
  return filler;
}

/** What the filler wrote is nothing that the timeline could read: it begins behind it. */
async function timelineGoesOnAfter(nc: NatsConnection, filler: Filler): Promise<void> {
  const log = new UserLog(nc, new DirectGet(nc));
  const position = newPosition('USER_0', { format: 1, positions: { CHAT_0: filler.chatSequence } });
  const stored = await log.append(filler.userSequence, [position]);
  if (!stored.ok) throw new Error(`nothing was appended: ${stored.reason}`);
  filler.userSequence += 1;
}
