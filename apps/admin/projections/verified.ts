import type { Verify } from './finish-builds.js';

export const verified: Verify = async () => undefined;
