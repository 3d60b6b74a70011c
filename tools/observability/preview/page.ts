/** A loaded dashboard as one HTML page that needs nothing else: uPlot, its style, draw.mjs and the figures stand in it. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { LoadedDashboard } from './load.js';

const uplot = join(dirname(createRequire(import.meta.url).resolve('uplot')));
const here = import.meta.dirname;

export const pageOf = (dashboard: LoadedDashboard): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${dashboard.title} (preview)</title>
<style>${readFileSync(join(uplot, 'uPlot.min.css'), 'utf8')}${readFileSync(join(here, 'preview.css'), 'utf8')}</style>
<body>
<script type="application/json" id="dashboard">${JSON.stringify(dashboard).replaceAll('<', '\\u003c')}</script>
<script>${readFileSync(join(uplot, 'uPlot.iife.min.js'), 'utf8')}</script>
<script type="module">${readFileSync(join(here, 'draw.mjs'), 'utf8')}</script>
</body>
</html>
`;
