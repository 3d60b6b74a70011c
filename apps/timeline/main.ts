/** `npm run start:timeline`: writes the users' logs. */
import { refuseLostData } from '#process/lost-data.js';
import { runProcess } from '#process/run-process.js';
import { startTimeline } from './start-timeline.js';

await runProcess({
  name: 'timeline',
  does: "Writes the users' logs from decisions, receipts and account events. Several share the USER streams.",
  settings: ['databaseUrl'],
  start: async (settings) => {
    await refuseLostData(settings, { readsLogs: true });
    return startTimeline(settings);
  },
});
