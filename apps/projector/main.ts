/** `npm run start:projector`: streams to read models. */
import { runProcess } from '#process/run-process.js';
import { startProjector } from './start-projector.js';

await runProcess({
  name: 'projector',
  does: 'Folds the streams into the read models in Postgres. Several share the streams.',
  settings: ['databaseUrl'],
  start: startProjector,
});
