/** `npm run start:command-handler`: decides. */
import { deriveSecrets } from '#edge/secrets.js';
import { refuseLostData } from '#process/lost-data.js';
import { runProcess } from '#process/run-process.js';
import { startCommandHandler } from './start-command-handler.js';

await runProcess({
  name: 'command-handler',
  does: 'Decides what is asked of chats and accounts, and appends it to their streams. Several share the ranges.',
  settings: ['databaseUrl', 'secret', 'callRingS'],
  start: async ({ secret, callRingS, ...settings }) => {
    await refuseLostData(settings);
    return startCommandHandler({
      ...settings,
      chatLimits: { call_ring_ms: callRingS * 1_000 },
      secrets: deriveSecrets(Buffer.from(secret, 'base64url')),
      // Told as readiness, and stopped at any time.
      served_ms_max: 0,
    });
  },
});
