/** `npm run start:gateway`: WebSocket sessions. */
import { deriveSecrets } from '#edge/secrets.js';
import { runProcess } from '#process/run-process.js';
import { startGateway } from './start-gateway.js';

await runProcess({
  name: 'gateway',
  does: 'Serves WebSocket sessions on /v1/ws: requests, catch-up, live push. Knows no database.',
  settings: ['host', 'port', 'origins', 'secret', 'syncTokenKeys'],
  start: ({ secret, syncTokenKeys, ...settings }, readiness) =>
    startGateway({
      ...settings,
      secrets: deriveSecrets(Buffer.from(secret, 'base64url'), syncTokenKeys),
      readiness,
    }),
});
