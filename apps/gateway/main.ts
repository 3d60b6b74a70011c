/** `npm run start:gateway`: sessions over WebSocket, event streams and polls. */
import { iceSettings } from '#edge/ice-servers.js';
import { deriveSecrets } from '#edge/secrets.js';
import { runProcess } from '#process/run-process.js';
import { startGateway } from './start-gateway.js';

await runProcess({
  name: 'gateway',
  does: 'Serves sessions on /v1/ws and /v1/updates: requests, catch-up, live push. Knows no database.',
  settings: [
    'host',
    'port',
    'origins',
    'trustedProxies',
    'compression',
    'limitsScale',
    'presenceOfflineAfterS',
    ...iceSettings,
    'secret',
    'syncTokenKeys',
  ],
  servesTls: true,
  start: ({ secret, syncTokenKeys, ...settings }, readiness) =>
    startGateway({
      ...settings,
      secrets: deriveSecrets(Buffer.from(secret, 'base64url'), syncTokenKeys),
      readiness,
    }),
});
