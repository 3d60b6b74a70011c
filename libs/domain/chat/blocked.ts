import type { ActiveChat, DirectBlock } from './state.js';

/** Whether either of the two has blocked the other: then neither brings anything new into the chat. */
export const isBlocked = ({ blocks }: Pick<ActiveChat, 'blocks'>): boolean =>
  blocks?.some(({ blocked }) => blocked) ?? false;

export function withBlock(
  { blocks = [] }: ActiveChat,
  { by, blocked, change }: DirectBlock,
): readonly DirectBlock[] {
  const others = blocks.filter((block) => block.by !== by);
  return [...others, { by, blocked, change }].toSorted((one, other) => (one.by < other.by ? -1 : 1));
}
