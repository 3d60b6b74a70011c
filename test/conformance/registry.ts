/** Every check of the suite. A new method is one entry in `methods/`, a new type of update one in updates.ts. */
import type { Check } from './check.js';
import { flows } from './flows/index.js';
import { checksOf, type MethodEntry } from './method-check.js';
import { callsMethods } from './methods/calls.js';
import { chatsMethods } from './methods/chats.js';
import { messagesMethods } from './methods/messages.js';
import { peopleMethods } from './methods/people.js';
import { sessionMethods } from './methods/session.js';
import { updatesMethods } from './methods/updates.js';
import { updateChecks } from './updates.js';

export const methodEntries: Readonly<Record<string, MethodEntry>> = {
  ...sessionMethods,
  ...updatesMethods,
  ...chatsMethods,
  ...messagesMethods,
  ...peopleMethods,
  ...callsMethods,
};

export const checks: readonly Check[] = [
  ...flows,
  ...Object.entries(methodEntries).flatMap(([method, entry]) => checksOf(method, entry)),
  ...updateChecks,
];
