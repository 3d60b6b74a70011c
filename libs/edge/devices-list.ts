import type { DevicesListResult } from '#protocol/methods/devices.js';
import type { Identity } from '#streams/requests.js';
import type { DeviceActivity } from './device-activity.js';
import type { SignedInDevices } from './signed-in-devices.js';

/** `devices.list`: from the account itself, so that it shows what a client was just told; without Postgres as well. */
export async function devicesList(
  { devices, activity }: { readonly devices: SignedInDevices; readonly activity: DeviceActivity },
  { user_id, device_id }: Identity,
): Promise<DevicesListResult> {
  const [present, times] = await Promise.all([devices.of(user_id), activity.of(user_id)]);
  const shown = present.map((device) => ({
    ...device,
    last_active_at_ms: times[device.device_id] ?? null,
    current: device.device_id === device_id,
  }));
  return { devices: shown };
}
