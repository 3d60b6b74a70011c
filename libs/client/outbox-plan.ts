import type { UserContent } from '#domain/chat/events.js';
import {
  isSameTarget,
  isWaiting,
  targetsOf,
  type OutboxItem,
  type OutgoingMessage,
  type Target,
} from './outbox-item.js';

/** What is to become of items, by id; null: nothing is left of it. */
export type ItemChanges = ReadonlyMap<string, OutboxItem | null>;

export type Change =
  | { readonly kind: 'edit'; readonly target: Target; readonly content: UserContent }
  | { readonly kind: 'delete'; readonly targets: readonly Target[] }
  | { readonly kind: 'react'; readonly target: Target; readonly emoji: string | null }
  | { readonly kind: 'leave' };

export type Plan =
  /** `waitFor`: the item whose end is the change's end; null: it is done already. */
  | { readonly changes: ItemChanges; readonly waitFor: string | null }
  | { readonly refusal: 'MESSAGE_DELETED' | 'NOT_SENT' };

/** Gives what is planned its id, its time and its place behind everything else. */
export type NewItem = (change: Change) => OutboxItem;

/**
 * How a change of the user joins what waits in its chat, so that the server ends up with what the user meant, in the
 * fewest requests. A message that the server has never seen is changed or removed in place; one that it may have seen is
 * followed by the change, which gets its seq when the message is answered (as matrix-js-sdk's pull request 947 has
 * relations of unsent events wait for their ids). Of several edits of one message, and of several reactions to one, only
 * the last is sent as long as none was attempted.
 */
export function planChange(items: readonly OutboxItem[], change: Change, newItem: NewItem): Plan {
  switch (change.kind) {
    case 'delete':
      return planDeletion(items, change.targets, newItem);
    case 'leave': {
      const before = items.find(({ kind }) => kind === 'leave');
      return before ? { changes: new Map(), waitFor: before.id } : added(newItem(change));
    }
    default:
      return planOnMessage(items, change, newItem);
  }
}

type OnMessage = Extract<Change, { kind: 'edit' | 'react' }>;

function planOnMessage(items: readonly OutboxItem[], change: OnMessage, newItem: NewItem): Plan {
  const { kind, target } = change;
  if (items.some((item) => item.kind === 'delete' && aimsAt(item, target)))
    return { refusal: 'MESSAGE_DELETED' };
  const unsent = unsentOf(items, target);
  if (kind === 'edit' && unsent) return replaced(unsent, { ...unsent, content: change.content });
  if (unsent?.state === 'failed') return { refusal: 'NOT_SENT' };
  const before = items.find((item) => item.kind === kind && item.state === 'queued' && aimsAt(item, target));
  if (!before) return added(newItem(change));
  const { id, chat_id, queued_at_ms, order, state } = before;
  return replaced(before, { id, chat_id, queued_at_ms, order, state, ...change });
}

function planDeletion(items: readonly OutboxItem[], targets: readonly Target[], newItem: NewItem): Plan {
  const changes = new Map<string, OutboxItem | null>();
  const onServer: Target[] = [];
  for (const target of targets) {
    const unsent = unsentOf(items, target);
    if (unsent) for (const { id } of [unsent, ...dependentsOf(items, target)]) changes.set(id, null);
    else if (!items.some((item) => item.kind === 'delete' && aimsAt(item, target))) onServer.push(target);
  }
  if (onServer.length === 0) {
    const before = items.find((item) => item.kind === 'delete' && targets.some((one) => aimsAt(item, one)));
    return { changes, waitFor: before && isWaiting(before) ? before.id : null };
  }
  const item = newItem({ kind: 'delete', targets: onServer });
  return { changes: changes.set(item.id, item), waitFor: item.id };
}

/**
 * The message got its seq, or another id: what is aimed at it follows. Items of other messages stay as they are.
 */
export function retargeted(items: readonly OutboxItem[], from: Target, to: Target): ItemChanges {
  const aim = (target: Target): Target => (isSameTarget(target, from) ? to : target);
  return new Map(
    dependentsOf(items, from).map((item): [string, OutboxItem] => {
      if (item.kind === 'delete') return [item.id, { ...item, targets: item.targets.map(aim) }];
      return [item.id, 'target' in item ? { ...item, target: to } : item];
    }),
  );
}

/** The message was refused for good: what the user did to it since is done to what is left here of it. */
export function failed(
  items: readonly OutboxItem[],
  message: OutgoingMessage,
  error_code: string,
): ItemChanges {
  const target = { client_msg_id: message.id };
  const changes = new Map<string, OutboxItem | null>();
  let left: OutgoingMessage | null = { ...message, state: 'failed', error_code };
  for (const item of dependentsOf(items, target)) {
    if (item.kind === 'edit' && left) left = { ...left, content: item.content };
    if (item.kind === 'delete') left = null;
    changes.set(item.id, withoutTarget(item, target));
  }
  return changes.set(message.id, left);
}

function withoutTarget(item: OutboxItem, target: Target): OutboxItem | null {
  if (item.kind !== 'delete') return null;
  const targets = item.targets.filter((other) => !isSameTarget(other, target));
  return targets.length === 0 ? null : { ...item, targets };
}

const aimsAt = (item: OutboxItem, target: Target): boolean =>
  targetsOf(item).some((other) => isSameTarget(other, target));

const dependentsOf = (items: readonly OutboxItem[], target: Target): OutboxItem[] =>
  items.filter((item) => aimsAt(item, target));

/** The message itself, when the server has nothing of it and gets nothing of it before the plan is carried out. */
function unsentOf(items: readonly OutboxItem[], target: Target): OutgoingMessage | undefined {
  if ('seq' in target) return undefined;
  const message = items.find(({ id }) => id === target.client_msg_id);
  const isUnsent = message?.state === 'queued' || message?.state === 'failed';
  return isUnsent && message.kind === 'send' ? message : undefined;
}

const added = (item: OutboxItem): Plan => ({ changes: new Map([[item.id, item]]), waitFor: item.id });

const replaced = (before: OutboxItem, item: OutboxItem): Plan => ({
  changes: new Map([[before.id, item]]),
  waitFor: before.state === 'failed' ? null : before.id,
});
