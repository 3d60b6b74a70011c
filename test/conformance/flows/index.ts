/** What no single method promises by itself, by family. */
import type { Check } from '../check.js';
import { callFlows } from './calls.js';
import { channelFlows } from './channels.js';
import { errorFlows } from './errors.js';
import { frameFlows } from './frames.js';
import { hashFlows } from './hash.js';
import { httpUpdatesFlows } from './http-updates.js';
import { idempotencyFlows } from './idempotency.js';
import { logFlows } from './log.js';
import { messageFlows } from './messages.js';
import { presenceFlows } from './presence.js';
import { sessionFlows } from './sessions.js';
import { signingInFlows } from './signing-in.js';
import { tokenFlows } from './tokens.js';

export const flows: readonly Check[] = [
  ...frameFlows,
  ...errorFlows,
  ...httpUpdatesFlows,
  ...signingInFlows,
  ...sessionFlows,
  ...logFlows,
  ...hashFlows,
  ...tokenFlows,
  ...channelFlows,
  ...idempotencyFlows,
  ...messageFlows,
  ...presenceFlows,
  ...callFlows,
];
