/** Pictures of pages, whole, by the Chromium that the tests use; each beside its page. */
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { chromiumProgram } from '../../../test/support/chromium-program.js';

const width_px = 1_500;

export async function takePictures(pages: readonly string[]): Promise<void> {
  const { path, env } = chromiumProgram();
  const browser = await chromium.launch({ executablePath: path, env: { ...process.env, ...env } });
  try {
    for (const file of pages) {
      const page = await browser.newPage({ viewport: { width: width_px, height: 900 }, locale: 'en-US' });
      page.on('pageerror', (error) => console.error(error));
      await page.goto(pathToFileURL(file).href);
      await page.waitForSelector('body[data-drawn]');
      await page.screenshot({ path: file.replace(/\.html$/, '.png'), fullPage: true });
      await page.close();
    }
  } finally {
    await browser.close();
  }
}
