/** The end of a run: everything under way is waited for, every device reaches its log's head, and what can be asked is asked. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Journal } from '../journal.js';
import type { Actor } from './actor.js';
import { perform } from './perform.js';
import { takeSnapshot } from './reading.js';
import type { SdkActor } from './sdk-actions.js';

const look_ms = 500;
/** Looks in a row that must show the same. */
const still_looks = 4;
const history_page = 100;

export interface Resting {
  readonly actors: readonly Actor[];
  readonly sdkActors: readonly SdkActor[];
  readonly journal: Journal;
  readonly timeout_ms: number;
}

/** Throws when it does not come to rest: something is stuck, which is a finding by itself. */
export async function comeToRest({ actors, sdkActors, journal, timeout_ms }: Resting): Promise<void> {
  const deadline = performance.now() + timeout_ms;
  let before = '';
  for (let still = 0; still < still_looks;) {
    const state = await lookAround(actors, sdkActors);
    const isEven = state.behind.length === 0;
    still = isEven && state.text === before ? still + 1 : 0;
    before = state.text;
    if (performance.now() > deadline)
      throw new Error(`not at rest: ${state.behind.join(', ') || state.text}`);
    await pause(look_ms);
  }
  for (const actor of onePerUser(actors)) {
    await patiently(actor, () => takeSnapshot(actor, 50, true), deadline);
    await writeHistories(actor, () => performance.now() < deadline);
  }
  for (const { device } of sdkActors) device.writeShownState();
  journal.write({ kind: 'end', at_ms: journal.nowMs() });
}

/** Where every device and every log stands; every raw device acknowledges what it has. */
async function lookAround(actors: readonly Actor[], sdkActors: readonly SdkActor[]) {
  const heads = new Map<string, number>();
  const behind: string[] = [];
  for (const { device } of actors) {
    const state = await device.request('updates.getState', {}).catch(() => null);
    if (state === null) behind.push(`${device.name} has no answer`);
    else heads.set(device.userId, state['pts']);
  }
  for (const { device } of actors) {
    const head = heads.get(device.userId) ?? -1;
    if (device.log.pts !== head) behind.push(`${device.name} at ${device.log.pts} of ${head}`);
    else
      await device.request('updates.ack', { pts: head }).catch(() => behind.push(`${device.name}: no ack`));
  }
  for (const { device } of sdkActors) {
    const { pts, outboxSize, userId } = device.client;
    if (outboxSize > 0) behind.push(`${device.name} holds ${outboxSize} messages`);
    if (pts !== heads.get(userId)) behind.push(`${device.name} at ${pts} of ${heads.get(userId)}`);
  }
  return { text: JSON.stringify([...heads]), behind };
}

const onePerUser = (actors: readonly Actor[]): Actor[] => [
  ...new Map(actors.map((actor) => [actor.device.userId, actor])).values(),
];

async function patiently(actor: Actor, ask: () => Promise<boolean>, deadline: number): Promise<void> {
  while (!(await ask())) {
    if (performance.now() > deadline) throw new Error(`${actor.device.name}: no snapshot at rest`);
    await pause(look_ms);
  }
}

/** Every message of every chat that this user may see, and who is in it. */
async function writeHistories({ device }: Actor, isPatient: () => boolean): Promise<void> {
  const { journal } = device.options;
  const ask = async (method: string, params: { chat_id: string; [name: string]: unknown }) => {
    let found: Record<string, any> = {};
    const keep = (answer: Record<string, any>) => ((found = answer), {});
    const { outcome, code } = await perform(device, { method, params, keep }, isPatient);
    if (outcome !== 'acknowledged') throw new Error(`${device.name}: ${method} at rest: ${code ?? outcome}`);
    return found;
  };
  for (const { chatId: chat_id } of device.log.chats.all()) {
    for (let after_seq = 0, more = true; more;) {
      const page = await ask('messages.history', { chat_id, after_seq, limit: history_page });
      const messages = page['messages'] as { seq: number }[];
      journal.write({ kind: 'history', user: device.userId, chat_id, messages });
      more = page['more'];
      after_seq = messages.at(-1)?.seq ?? after_seq;
    }
    const { members } = await ask('chats.members', { chat_id, limit: 100 });
    const ids = (members as { user_id: string }[]).map(({ user_id }) => user_id);
    journal.write({ kind: 'members', user: device.userId, chat_id, members: ids });
  }
}
