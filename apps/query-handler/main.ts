/** `npm run start:query-handler`: answers reads. */
import { runProcess } from '#process/run-process.js';
import { startQueryHandler } from './start-query-handler.js';

await runProcess({
  name: 'query-handler',
  does: 'Answers reads from the read models in Postgres. Several share the requests.',
  settings: ['databaseUrl'],
  start: startQueryHandler,
});
