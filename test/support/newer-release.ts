/** An app of a release that brings a version 2 of `accounts`, as a process of its own: which of them the variable APP says. */
import { runProcess } from '#process/run-process.js';
import { startAdmin } from '../../apps/admin/server/start-admin.js';
import { startProjector } from '../../apps/projector/start-projector.js';
import { startQueryHandler } from '../../apps/query-handler/start-query-handler.js';
import { withAccountsV2 as known } from './accounts-v2.js';

const app = process.env['APP'];

await runProcess({
  name: `newer-${app}`,
  does: 'What the app of that name does.',
  settings: ['adminHost', 'adminPort', 'databaseUrl', 'erasureAtMinute'],
  start: (settings) => {
    if (app === 'projector') return startProjector({ ...settings, projections: known.projections });
    if (app === 'query-handler')
      return startQueryHandler({ ...settings, knownVersions: Object.keys(known.tables) });
    return startAdmin({ ...settings, known });
  },
});
