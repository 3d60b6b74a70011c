/** `npm run start:projector`: streams to read models. */
import { refuseLostData } from '#process/lost-data.js';
import { runProcess } from '#process/run-process.js';
import { startProjector } from './start-projector.js';

await runProcess({
  name: 'projector',
  does: 'Folds the streams into the read models in Postgres. Several share the streams.',
  settings: ['databaseUrl'],
  start: async (settings) => {
    await refuseLostData(settings);
    return startProjector(settings);
  },
});
