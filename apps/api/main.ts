/** `npm run start:api`: plain HTTP. */
import { iceSettings } from '#edge/ice-servers.js';
import { deriveSecrets } from '#edge/secrets.js';
import { runProcess } from '#process/run-process.js';
import { senderSettings } from './open-sender.js';
import { startApi } from './start-api.js';

await runProcess({
  name: 'api',
  does: 'Serves plain HTTP: signing in, JSON-RPC without a session, health.',
  settings: [
    'host',
    'port',
    'origins',
    'trustedProxies',
    'limitsScale',
    'databaseUrl',
    'secret',
    'syncTokenKeys',
    'signInsPerAddressMax',
    ...senderSettings,
    ...iceSettings,
  ],
  servesTls: true,
  start: ({ secret, syncTokenKeys, ...settings }, readiness) =>
    startApi({
      ...settings,
      secrets: deriveSecrets(Buffer.from(secret, 'base64url'), syncTokenKeys),
      readiness,
    }),
});
