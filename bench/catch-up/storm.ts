/** Thousands of devices of a dead gateway come back to one at once, each some updates behind. */
import { appendsDuring } from '../support/appends.js';
import { catchUp } from '../support/device.js';
import type { Place } from '../support/filler.js';
import { Durations } from '../support/percentiles.js';
import type { Usage } from '../support/usage.js';
import type { Person, Scene } from './scene.js';

const group_members = 20;
const behind_updates = 100;
const calm_ms = 3_000;

export interface StormFigures {
  readonly devices: number;
  readonly updates: number;
  readonly all_ms: number;
  readonly open_ms: Durations;
  /** Of each device, from its dialling on. */
  readonly device_ms: Durations;
  readonly refusals: number;
  readonly appends_before: Durations;
  readonly appends_meanwhile: Durations;
  readonly usage: Record<string, Usage>;
}

export type Crowd = readonly { readonly person: Person; readonly place: Place }[];

/** Groups whose messages stand between one another: what is theirs is spread over all of what was written. */
export async function fillCrowd(scene: Scene, devices: number): Promise<Crowd> {
  const { filler } = scene;
  const groups = [];
  for (let count = 0; count < devices; count += group_members) {
    const people = [];
    for (let i = 0; i < group_members; i++) people.push(await scene.person());
    groups.push({ people, chat: await filler.group(people.map(({ user_id }) => user_id)) });
  }
  await filler.flush();
  const people = groups.flatMap((group) => group.people);
  const crowd = people.map((person) => ({ person, place: filler.placeOf(person.user_id) }));
  for (let round = 0; round < behind_updates; round++) {
    for (const { people: members, chat } of groups) {
      await filler.message(chat, members[round % group_members]!.user_id);
    }
  }
  await scene.filled();
  return crowd;
}

export async function measureStorm(scene: Scene, crowd: Crowd): Promise<StormFigures> {
  const { filler, installation } = scene;
  const { nc } = installation;
  const calm = () => new Promise((resolve) => setTimeout(resolve, calm_ms));
  const appends_before = await appendsDuring(nc, filler, calm);
  const [open_ms, device_ms] = [new Durations(), new Durations()];
  let [updates, refusals] = [0, 0];
  const oneDevice = async ({ person, place }: Crowd[number]) => {
    const came = await device_ms.time(() => catchUp(scene.opening(person, place)));
    updates += came.updates;
    refusals += came.refusals;
    open_ms.add(came.open_ms);
  };
  const start = performance.now();
  let all_ms = 0;
  let appends_meanwhile = appends_before;
  const storm = () => Promise.all(crowd.map(oneDevice)).then(() => (all_ms = performance.now() - start));
  const usage = await scene.usageDuring(async () => {
    appends_meanwhile = await appendsDuring(nc, filler, storm);
  });
  if (updates !== crowd.length * behind_updates) throw new Error(`${updates} updates came`);
  return {
    devices: crowd.length,
    updates,
    all_ms,
    open_ms,
    device_ms,
    refusals,
    appends_before,
    appends_meanwhile,
    usage,
  };
}
