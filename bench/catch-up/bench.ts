/** `npm run bench -- catch-up`: devices that come back, few and many, near and far behind. */
import { appendsDuring } from '../support/appends.js';
import { measureMillion } from './million.js';
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

type Part = (scene: Scene, settings: CatchUpBench) => Promise<string>;

export const parts: Readonly<Record<string, Part>> = {
  'ten-thousand': async (scene) => {
    const device = await fillTenThousand(scene);
    const near = await measureTenThousand(scene, device);
    await fillCrowd(scene, others_devices);
    return tenThousandReport([near, await measureTenThousand(scene, device)]);
  },
  storm: async (scene, { devices }) =>
    stormReport(await measureStorm(scene, await fillCrowd(scene, devices))),
  threshold: async (scene) => {
    const { installation, filler } = scene;
    const calm = () => new Promise((resolve) => setTimeout(resolve, calm_ms));
    const appends = await appendsDuring(installation.nc, filler, calm);
    return thresholdReport(await measureThreshold(scene), appends);
  },
  million: async (scene, { entries }) => millionReport(await measureMillion(scene, entries)),
};

/** One after the other in one installation; each finds before it what the others have written. Markdown. */
export async function benchCatchUp(settings: CatchUpBench, say: (line: string) => void): Promise<string> {
  const scene = await Scene.set(say, settings.profile);
  const reports: string[] = [];
  try {
    for (const [name, part] of Object.entries(parts)) {
      if (!(settings.only?.includes(name) ?? true)) continue;
      say(name);
      reports.push(await part(scene, settings));
    }
    return reports.join('\n\n');
  } finally {
    await scene.installation.stop();
  }
}
