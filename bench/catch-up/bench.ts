/** `npm run bench -- catch-up`: devices that come back, few and many, near and far behind. */
import { appendsDuring } from '../support/appends.js';
import { measureMillion } from './million.js';
import { millionReport, stormReport, tenThousandReport, thresholdReport } from './report.js';
import { Scene } from './scene.js';
import { fillCrowd, measureStorm } from './storm.js';
import { fillTenThousand, measureTenThousand } from './ten-thousand.js';
import { measureThreshold } from './threshold.js';

const calm_ms = 3_000;

export interface CatchUpBench {
  /** Of the long log; 0: it is left out. */
  readonly entries: number;
  readonly devices: number;
}

/** One after the other in one installation; each finds before it what the others have written. Markdown. */
export async function benchCatchUp(settings: CatchUpBench, say: (line: string) => void): Promise<string> {
  const scene = await Scene.set(say);
  try {
    const device = await fillTenThousand(scene);
    const near = await measureTenThousand(scene, device);
    const crowd = await fillCrowd(scene, settings.devices);
    const storm = await measureStorm(scene, crowd);
    const far = await measureTenThousand(scene, device);
    const { installation, filler } = scene;
    const calm = () => new Promise((resolve) => setTimeout(resolve, calm_ms));
    const appends = await appendsDuring(installation.nc, filler, calm);
    const threshold = await measureThreshold(scene);
    const reports = [tenThousandReport([near, far]), stormReport(storm), thresholdReport(threshold, appends)];
    if (settings.entries > 0) reports.push(millionReport(await measureMillion(scene, settings.entries)));
    return reports.join('\n\n');
  } finally {
    await scene.installation.stop();
  }
}
