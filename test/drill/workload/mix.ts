/** How often what is done. */
import type { Random } from '../../support/random.js';
import type { Action } from './actor.js';
import { add, leave, sendAway } from './belonging.js';
import { difference, history, list, look, reconnect, snapshot, stayAway } from './reading.js';
import { sdkDelete, sdkEdit, sdkHistory, sdkReact, sdkRead, sdkSend, type SdkAction } from './sdk-actions.js';
import { acknowledge, askLate, edit, react, read, remove, send } from './writing.js';

type Weighed<A> = readonly (readonly [weight: number, name: string, action: A])[];

const mix: Weighed<Action> = [
  [350, 'send', send],
  [12, 'ask late', askLate],
  [60, 'edit', edit],
  [25, 'delete', remove],
  [90, 'react', react],
  [130, 'read', read],
  [130, 'acknowledge', acknowledge],
  [80, 'history', history],
  [60, 'look', look],
  [20, 'list', list],
  [40, 'difference', difference],
  [15, 'snapshot', snapshot],
  [8, 'reconnect', reconnect],
  [14, 'add', add],
  [7, 'send away', sendAway],
  [4, 'leave', leave],
];

const mixWithAbsences: Weighed<Action> = [...mix, [1, 'stay away', stayAway]];

const sdkMix: Weighed<SdkAction> = [
  [60, 'send', sdkSend],
  [10, 'edit', sdkEdit],
  [4, 'delete', sdkDelete],
  [12, 'react', sdkReact],
  [12, 'read', sdkRead],
  [4, 'history', sdkHistory],
];

export const pickAction = (random: Random, hasAbsences: boolean) =>
  pick(hasAbsences ? mixWithAbsences : mix, random);
export const pickSdkAction = (random: Random) => pick(sdkMix, random);

function pick<A>(all: Weighed<A>, random: Random): { name: string; action: A } {
  let left = random.integer(all.reduce((sum, [weight]) => sum + weight, 0));
  const [, name, action] = all.find(([weight]) => (left -= weight) < 0)!;
  return { name, action };
}
