import { new_device_ms } from '#domain/account/limits.js';
import type { Device } from '#domain/account/index.js';

/**
 * Which device of a full account gives way to one that signs in: that which was not used for the longest time. None that was used
 * within a day: who got hold of a code shall not push the owner out of a device in use, and who lost all of theirs is in
 * after a day (docs/adr/0031). `activity`: when each last got tokens; one that has none cannot come back.
 */
export function deviceToReplace(
  devices: readonly Device[],
  activity: Readonly<Record<string, number>>,
  nowMs: number,
): { readonly device_id: string } | { readonly allowed_at_ms: number } {
  const lastUsed = ({ device_id, added_at_ms }: Device): number => activity[device_id] ?? added_at_ms;
  const [longest] = devices.toSorted((one, other) => lastUsed(one) - lastUsed(other));
  const allowed_at_ms = longest === undefined ? nowMs : lastUsed(longest) + new_device_ms;
  return longest === undefined || allowed_at_ms > nowMs
    ? { allowed_at_ms }
    : { device_id: longest.device_id };
}
