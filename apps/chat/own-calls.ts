import { callLine } from './call-line.js';
import { shortName } from './message-rows.js';
import type { Terminal } from './terminal.js';

/** At the start: what rings is told, and what this device was killed in is ended, for the other one waits. */
export async function meetCalls(terminal: Terminal): Promise<void> {
  const { client, names } = terminal;
  await endOwnCalls(terminal, 'failed');
  for (const call of client.calls()) {
    const peer = call.caller_id === client.userId ? call.callee_id : call.caller_id;
    terminal.say(callLine(call, client, shortName(await names.ofUser(peer))));
  }
}

/** A terminal that ends is in no call. Without a connection the other one sees it by the silence. */
export async function endOwnCalls({ client }: Terminal, reason: 'hangup' | 'failed'): Promise<void> {
  if (client.connection.status !== 'open') return;
  const { deviceId } = client;
  const own = client
    .calls()
    .filter(
      ({ caller_device_id, callee_device_id }) =>
        caller_device_id === deviceId || callee_device_id === deviceId,
    );
  await Promise.all(own.map((call) => client.hangUp(call, reason).catch(() => undefined)));
}
