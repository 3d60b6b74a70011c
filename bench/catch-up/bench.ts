/** `npm run bench -- catch-up`: devices that come back, few and many, near and far behind. */
import { appendsDuring } from '../support/appends.js';
import { measureMillion } from './million.js';
import type { Written } from '../support/outcome.js';
import { millionFigures, stormFigures, tenThousandFigures } from './figures.js';
import { millionReport, stormReport, tenThousandReport, thresholdReport } from './report.js';
import { Scene } from './scene.js';
import { fillCrowd, measureStorm } from './storm.js';
import { fillTenThousand, measureTenThousand } from './ten-thousand.js';
import { measureThreshold } from './threshold.js';

const calm_ms = 3_000;
/** Their entries lie between a device and the stream's end. */
const others_devices = 1_000;

export interface CatchUpBench {
  /** Of the long log; 0: it is left out. */
  readonly entries: number;
  readonly devices: number;
  /** Names of parts; all of them unless given. */
  readonly only?: readonly string[];
  /** A directory for CPU profiles of the apps. */
  readonly profile?: string;
}

type Part = (scene: Scene, settings: CatchUpBench) => Promise<Written>;

export const parts: Readonly<Record<string, Part>> = {
  'ten-thousand': async (scene) => {
    const device = await fillTenThousand(scene);
    const near = await measureTenThousand(scene, device);
    await fillCrowd(scene, others_devices);
    const all = [near, await measureTenThousand(scene, device)];
    return { markdown: tenThousandReport(all), figures: tenThousandFigures(all) };
  },
  storm: async (scene, { devices }) => {
    const storm = await measureStorm(scene, await fillCrowd(scene, devices));
    return { markdown: stormReport(storm), figures: stormFigures(storm) };
  },
  threshold: async (scene) => {
    const { installation, filler } = scene;
    const calm = () => new Promise((resolve) => setTimeout(resolve, calm_ms));
    const appends = await appendsDuring(installation.nc, filler, calm);
    return { markdown: thresholdReport(await measureThreshold(scene), appends), figures: [] };
  },
  million: async (scene, { entries }) => {
    const million = await measureMillion(scene, entries);
    return { markdown: millionReport(million), figures: millionFigures(million) };
  },
};

/** One after the other in one installation; each finds before it what the others have written. Markdown. */
export async function benchCatchUp(settings: CatchUpBench, say: (line: string) => void): Promise<Written> {
  const scene = await Scene.set(say, settings.profile);
  const reports: Written[] = [];
  try {
    for (const [name, part] of Object.entries(parts)) {
      if (!(settings.only?.includes(name) ?? true)) continue;
      say(name);
      reports.push(await part(scene, settings));
    }
    return {
      markdown: reports.map(({ markdown }) => markdown).join('\n\n'),
      figures: reports.flatMap(({ figures }) => figures),
    };
  } finally {
    await scene.installation.stop();
  }
}
