import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

const DEFAULT_CHROMIUM = '/usr/bin/chromium';
const ARGUMENTS = [
  '--no-sandbox',
  '--headless=new',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const NO_CHROMIUM =
  'Chromium was not found: install it (apt-get install chromium), or set CHROMIUM_PATH to it.';

/** `CHROMIUM_PATH`, else where Debian installs it; `null` where there is none. */
export function findChromium(): string | null {
  const path = process.env.CHROMIUM_PATH || DEFAULT_CHROMIUM;
  return existsSync(path) ? path : null;
}

/** @throws Error that says what to install */
export async function openBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === null) throw new Error(NO_CHROMIUM);
  return await chromium.launch({ executablePath, args: ARGUMENTS });
}

/** A new page, whose times are UTC. */
export async function openPage(browser: Browser, width: number, height: number): Promise<Page> {
  return await browser.newPage({
    viewport: { width, height },
    colorScheme: 'light',
    locale: 'en-US',
    timezoneId: 'UTC',
  });
}
