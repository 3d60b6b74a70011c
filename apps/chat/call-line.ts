import type { CallView } from '#domain/chat/call.js';

interface Me {
  readonly userId: string;
  readonly deviceId: string;
}

/** A line that says how a call stands, as it looks from this device: `· Ann calls: /accept or /hangup`. */
export function callLine(call: CallView, me: Me, peer: string): string {
  const isMine = call.caller_id === me.userId;
  switch (call.state) {
    case 'requested': {
      const kind = call.kind === 'video' ? ', with video' : '';
      if (!isMine) return `· ${peer} calls${kind}: /accept or /hangup`;
      const where = call.caller_device_id === me.deviceId ? '' : ' from another device of yours';
      return `· Calling ${peer}${kind}${where}: /hangup ends it`;
    }
    case 'accepted': {
      const ownDevice = isMine ? call.caller_device_id : call.callee_device_id;
      if (ownDevice !== me.deviceId) return `· Another device of yours talks with ${peer}.`;
      return `· You are in a call with ${peer}: /hangup ends it`;
    }
    case 'discarded':
      return `· ${endWords(call, isMine, peer)}`;
  }
}

function endWords(
  { reason, accepted_at_ms, duration_ms = 0 }: CallView,
  isMine: boolean,
  peer: string,
): string {
  if (accepted_at_ms !== undefined) {
    const failed = reason === 'failed' ? ', it broke off' : '';
    return `The call with ${peer} is over after ${durationWords(duration_ms)}${failed}.`;
  }
  if (!isMine)
    return reason === 'declined' || reason === 'busy'
      ? `You declined ${peer}’s call.`
      : `You missed a call of ${peer}.`;
  if (reason === 'busy') return `${peer} is in another call.`;
  if (reason === 'declined') return `${peer} declined.`;
  return reason === 'missed' ? `${peer} did not answer.` : `You did not wait for ${peer}.`;
}

function durationWords(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
  return `${minutes}:${String(rest).padStart(2, '0')}`;
}
