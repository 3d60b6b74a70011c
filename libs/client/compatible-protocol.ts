import type { ProtocolVersion } from '#protocol/version.js';
import { OdnixError } from './odnix-error.js';

/** What this SDK works with: this major, from this minor on. Later minors only add. */
const compatible = { major: 1, minor_min: 0 };
/** Servers that do not tell. */
const oldest: ProtocolVersion = { major: 1, minor: 0 };

/** Why this SDK cannot work with a server of that protocol: an error that no retry helps; null: it can. */
export function incompatibility({ major, minor }: ProtocolVersion = oldest): OdnixError | null {
  const isOld = major < compatible.major || (major === compatible.major && minor < compatible.minor_min);
  if (!isOld && major === compatible.major) return null;
  const spoken = `The server speaks version ${major}.${minor} of the protocol`;
  const wanted = `this app ${compatible.major}.${compatible.minor_min} or a later ${compatible.major}`;
  const advice = isOld ? 'update the server' : 'update the app';
  return new OdnixError('SERVER_INCOMPATIBLE', `${spoken}, ${wanted}: ${advice}.`, {
    retryable: false,
    details: { server: { major, minor }, compatible },
  });
}
