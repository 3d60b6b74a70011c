/** `npm run start:admin`: the admin API, and what an installation does for itself. */
import { runProcess } from '#process/run-process.js';
import { startAdmin } from './start-admin.js';

await runProcess({
  name: 'admin',
  does:
    'Serves the admin API to people with tokens (npm run admin -- tokens create), and runs what is to be done daily. It connects\n' +
    'as the operator: NATS_URL as the user admin, DATABASE_URL as the owner.',
  settings: ['adminHost', 'adminPort', 'databaseUrl', 'erasureAtMinute'],
  start: (settings) => startAdmin(settings),
});
